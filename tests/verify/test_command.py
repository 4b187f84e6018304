"""The command: bundles in folders and archives, what is said to people and to programs, and the exit status."""

import json
import subprocess
import sys
import tomllib

import pytest

from app.domain.evidence.faults import FAULTS
from app.verify.__main__ import main
from tests.repository import tree
from tests.support.evidence import entry, indexed, relogged, small_ballot, write_archive
from tests.support.translog import LOG_KEY, RECEIPT_KEY, WITNESS_KEY, log_of, write_files
from tests.verify.serving import served

VKEY = LOG_KEY.verifier.vkey
HONEST = small_ballot()
FILES = HONEST.files()
ENTRIES = [each.leaf for each in HONEST.log]


@pytest.fixture
def run(capsys):
    """Run the command; return its status and what it wrote."""

    def run_with(*arguments):
        status = main([*map(str, arguments)])
        written = capsys.readouterr()
        return status, written.out, written.err

    return run_with


@pytest.fixture
def bundle(tmp_path):
    return write_archive(tmp_path / "bundle.zip", FILES)


def codes(output):
    return {finding["code"] for finding in json.loads(output)["findings"]}


def test_an_archive_and_a_folder_agree(run, bundle, tmp_path):
    folder = write_files(tmp_path / "folder", FILES)
    for path in (bundle, folder):
        status, out, err = run("bundle", path, "--key", VKEY)
        assert (status, err) == (0, "")
        assert "nothing disagrees" in out
        assert "FAULT" not in out


def test_a_fault_is_told_to_people_by_code_and_place(run, tmp_path):
    altered = FILES | {"roll.csv": FILES["roll.csv"] + b"\n"}
    status, out, _ = run("bundle", write_archive(tmp_path / "bundle.zip", altered), "--key", VKEY)
    assert status == 1
    assert "FAULT  file-altered: roll.csv: " in out


def test_the_report_is_one_json_object(run, bundle):
    status, out, _ = run("bundle", bundle, "--key", VKEY, "--json")
    report = json.loads(out)
    assert (status, report["command"], report["agrees"]) == (0, "bundle", True)
    assert set(report) == {"command", "agrees", "findings", "omitted", "checked", "unchecked"}


def test_without_the_log_it_says_what_it_could_not_look_at(run, bundle):
    out = json.loads(run("bundle", bundle, "--key", VKEY, "--json")[1])
    assert out["unchecked"] == ["without the log, nothing says that no entry about this ballot was left out"]


def test_with_the_log_beside_it_a_complete_bundle_agrees(run, bundle, tmp_path):
    later = [entry("ballot.updated", f"later {number}", "another").leaf for number in range(300)]
    log = write_files(tmp_path / "log", log_of([*ENTRIES, *later]))
    status, out, _ = run("bundle", bundle, "--key", VKEY, "--log", log, "--json")
    assert (status, json.loads(out)["unchecked"]) == (0, [])
    assert json.loads(out)["checked"]["searched"] == 611
    with served(log) as (address, _):
        assert run("bundle", bundle, "--key", VKEY, "--log", address)[0] == 0


def test_a_cast_left_out_of_a_bundle_altogether_is_found_in_the_log(run, tmp_path):
    # Dropped from casts, result and the bundle's entries; the log still has it, and a result of its own.
    whole = small_ballot()
    shorter = whole.copy()
    place = next(at for at, each in enumerate(whole.log) if each.body["action"] == "ballot.cast")
    digest = whole.log[place].body["commitment"]
    shorter.casts = [cast for cast in whole.casts if cast.digest != digest]
    relogged(shorter)
    shorter.log.insert(place, whole.log[place])
    complete = shorter.files()
    lines = complete["log/entries.jsonl"].splitlines(keepends=True)
    kept = b"".join(line for line in lines if digest.encode() not in line)
    cut = indexed(complete | {"log/entries.jsonl": kept})
    path = write_archive(tmp_path / "bundle.zip", cut)
    assert run("bundle", path, "--key", VKEY)[0] == 0
    log = write_files(tmp_path / "log", log_of([each.leaf for each in shorter.log]))
    status, out, _ = run("bundle", path, "--key", VKEY, "--log", log, "--json")
    assert (status, codes(out)) == (1, {"entry-missing"})


def test_a_bundle_under_a_fork_of_the_log_is_found(run, bundle, tmp_path):
    forked = write_files(tmp_path / "log", log_of([b"another past", *ENTRIES[1:], b"more"]))
    status, out, _ = run("bundle", bundle, "--key", VKEY, "--log", forked, "--json")
    assert (status, codes(out)) == (1, {"log-forked"})
    older = write_files(tmp_path / "older", log_of(ENTRIES[:200]))
    assert codes(run("bundle", bundle, "--key", VKEY, "--log", older, "--json")[1]) == {"log-shrank"}


def test_a_hostile_archive_is_refused_with_a_status_of_its_own(run, tmp_path):
    path = write_archive(tmp_path / "bundle.zip", FILES | {"../roll.csv": b""})
    status, out, err = run("bundle", path, "--key", VKEY)
    assert (status, out) == (2, "")
    assert "no name of a file in a bundle" in err
    status, out, _ = run("bundle", path, "--key", VKEY, "--json")
    assert status == 2
    assert "no name of a file in a bundle" in json.loads(out)["error"]


def test_a_file_damaged_in_its_archive_is_a_finding_that_names_it(run, bundle):
    data = bytearray(bundle.read_bytes())
    data[data.index(b"casts.jsonl") + 40] ^= 0x55
    bundle.write_bytes(data)
    status, out, _ = run("bundle", bundle, "--key", VKEY, "--json")
    assert status == 1
    found = {(finding["code"], finding["where"]) for finding in json.loads(out)["findings"]}
    assert ("file-damaged", "casts.jsonl") in found or ("file-altered", "casts.jsonl") in found


def test_every_byte_of_an_archive_that_carries_content_matters(run, bundle):
    honest = bundle.read_bytes()
    for at in range(0, len(honest), 211):
        changed = bytearray(honest)
        changed[at] ^= 0xFF
        bundle.write_bytes(changed)
        status, out, _ = run("bundle", bundle, "--key", VKEY, "--json")
        # What is left are times and the like in an archive's headers: they are not part of the bundle.
        assert status in (1, 2) or json.loads(out)["checked"]["files"] == 9


def test_control_characters_out_of_a_file_do_not_reach_the_terminal(run, tmp_path):
    files = FILES | {"roll.csv": b"voter,weight\r\n\x1b[2Jevil,1\r\n"}
    folder = write_files(tmp_path / "folder", files)
    _, out, _ = run("bundle", folder, "--key", VKEY)
    assert "\x1b" not in out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["tally"],
        ["bundle"],
        ["bundle", "x.zip"],
        ["bundle", "x.zip", "--key", "nonsense"],
        ["bundle", "x.zip", "--key", VKEY[:-1]],
        ["bundle", "x.zip", "--key", WITNESS_KEY.verifier.vkey],
        ["log", "folder", "--key", VKEY, "--witness", RECEIPT_KEY.verifier.vkey],
        ["receipt", "x", "--key", VKEY],
    ],
    ids=range(9),
)
def test_wrong_usage_ends_with_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: althing-verify" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["bundle", "receipt"])
def test_files_that_are_not_there_are_unreadable(run, command, tmp_path):
    names = [tmp_path / "one"] if command == "bundle" else [tmp_path / "one", tmp_path / "two"]
    status, out, err = run(command, *names, "--key", VKEY)
    assert (status, out) == (2, "")
    assert "No such file" in err


def test_it_runs_as_a_program_without_the_service_s_packages(bundle):
    # Only the standard library, the domain and cryptography: what an auditor has to install.
    hidden = ["alembic", "flask", "jwt", "marshmallow", "sqlalchemy", "werkzeug"]
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({hidden}))\n"
        "from app.verify.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "bundle", str(bundle), "--key", VKEY]
    done = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing disagrees" in done.stdout


def test_it_is_installed_under_its_name():
    project = tomllib.loads(tree.text(tree.ROOT / "pyproject.toml"))["project"]
    assert project["scripts"]["althing-verify"] == f"{main.__module__}:{main.__name__}"


def test_every_fault_has_a_code_and_a_sentence():
    assert all(code == code.lower() and " " not in code and FAULTS[code] for code in FAULTS)
