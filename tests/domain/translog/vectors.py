"""Published test vectors, and those reproduced by the reference code, golang.org/x/mod/sumdb.

The tree of "entry-0", "entry-1", ...: leaves, roots 1 to 7, proofs and checkpoints. The reference tree of
certificate transparency. The note of the signed-note specification.
"""

from functools import cache

from app.domain.translog.hashing import leaf_hash

SEED = bytes(range(32))
WITNESS_SEED = bytes([7]) * 32
WITNESS_TIME = 1767000000


def entry(index):
    return f"entry-{index}".encode()


@cache
def leaf(index):
    return leaf_hash(entry(index))


def leaves(size):
    return [leaf(index) for index in range(size)]


NODES = {
    name: bytes.fromhex(value)
    for name, value in {
        "L0": "40766b2033429026f53d54502679a839706b4741f8dcaf3a8bba5f41b5ffe075",
        "L1": "e868811a482c27d50b6d45dde79c465d6adb9b06645100477a90cf3d8518898b",
        "L2": "049d7dcdb56bcfebd313304c9839f196a3d4b6ef3bdc0b08298f93ac8191f0a8",
        "L3": "27479b6ab321d2ee477452f68ba527748e863cafe8fbd1df2bf89d1570d1b697",
        "L4": "194bb5a2d5bd10e5d1aa6fd5d42980b356caf1da623cd9987c4bfa2f81771ed7",
        "L5": "514158527515064c7bbd35b44c9f11addcfc38b439554fc9bb0d8b7c661c3e8f",
        "L6": "0cfda576ff4b29ea33c3afdaeed1bd637eb654b28a04302fcab5fd7db07801cc",
        "N01": "2f27a5082c1d42afa488ac350a9fc4390c084f54f71ecdff859e98db8429b479",
        "N23": "b17003e0b3bbc81fe116edb140c39727254849cc4652b0f7c4f26f8b9d9f987d",
        "N45": "4a136a70087b637e34c3d3daa6cea768b1db13ec475902d2e240b60e3d999c7a",
        "N0123": "256b9e8825e5d370a4ae005d0901ea291977e2927f5cf8e3e72660dd09519edb",
        "N456": "e429c5b5ccaa9523c37297f1846766f903137e82195c5199e6be57130d1006c8",
    }.items()
}

ROOTS = {
    size: bytes.fromhex(value)
    for size, value in {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "40766b2033429026f53d54502679a839706b4741f8dcaf3a8bba5f41b5ffe075",
        2: "2f27a5082c1d42afa488ac350a9fc4390c084f54f71ecdff859e98db8429b479",
        3: "a64bf26e09128f6fe2fe6f8b2d8c801e166b57c047a7cd9b2b809e7a96a2f1cb",
        4: "256b9e8825e5d370a4ae005d0901ea291977e2927f5cf8e3e72660dd09519edb",
        5: "1aa68d3074905a581f84cbbd0f753794904fd80451bc4c13e69d9a53bc59502c",
        6: "08783a523d260480de2ccf0976d7411ed8adaf06f75d5a5de2254c58f968eca9",
        7: "9139601cc1ca8ab2a7a0c2c134c04845f2b1ba549a83d6c845cfcda439cc585d",
        255: "45da9f374748e17a372f71c00422b12e2bf96842f1f61c5740fe494e4becff0f",
        256: "f85f4ead34080710b4d1e808301543aaab81aa04deb88599350dc26a4f2f58de",
        257: "918b1cec64f317c76e3cf55c0536841c039eff06772ebb8828ce7c176028b5ac",
        300: "aebb027d5c3dd08871ee52577a61fc83122d0d14352791943639bd4c12d36943",
        70000: "a62a54be33294ffd5a5c4c637fd754630b71a892e8356e3a666a5c8a7ffd1518",
    }.items()
}

#: (index, size) -> names of the proof's hashes.
INCLUSION = {
    (0, 1): [],
    (4, 5): ["N0123"],
    (0, 7): ["L1", "N23", "N456"],
    (3, 7): ["L2", "N01", "N456"],
    (6, 7): ["N45", "N0123"],
}
#: (old, new) -> names of the proof's hashes.
CONSISTENCY = {
    (2, 5): ["N23", "L4"],
    (1, 7): ["L1", "N23", "N456"],
    (3, 7): ["L2", "L3", "N01", "N456"],
    (4, 7): ["N456"],
    (6, 7): ["N45", "L6", "N0123"],
}

BUNDLE_OF_7 = bytes.fromhex(
    "0007656e7472792d300007656e7472792d310007656e7472792d320007656e7472792d33"
    "0007656e7472792d340007656e7472792d350007656e7472792d36"
)

PUBLIC_KEY = bytes.fromhex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
VKEY = "vote.example/audit+7ca49c9a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
WITNESS_VKEY = "witness.example/w1+aa4a09d1+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"

CHECKPOINT_0 = """vote.example/audit
0
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

\u2014 vote.example/audit fKScmqMVeoSUGeyahaTa5HarkrZBf+8/a7SX9cPLl/QJAR+faKyzCUV9GOqPJc7h6OSftriKMyos1pbUNzETrJZGcwg=
""".encode()
CHECKPOINT_7 = """vote.example/audit
7
kTlgHMHKirKnoMLBNMBIRfKxulSag9bIRc/NpDnMWF0=

\u2014 vote.example/audit fKScmtvHy8Mmftqd8sH+HXGacm67pHv+ud5D9BAl1rIVm9fH5knp+tfUlKmAe4xdgFIKncox8pIpZcUS/3XLlPl9IA4=
""".encode()
COSIGNATURE_7 = (
    "\u2014 witness.example/w1 "
    "qkoJ0QAAAABpUkfApcNnpVfQ124DH4i92+sdiscJcDOpMR2/i7tm1x+5sUZFHPz2Tt1CBOD6ERlcXN1yDDANKUX3ObsWUWoce7hxDg==\n"
).encode()
PROOF_3_OF_7 = (
    b"""c2sp.org/tlog-proof@v1
index 3
BJ19zbVrz+vTEzBMmDnxlqPUtu873AsIKY+TrIGR8Kg=
LyelCCwdQq+kiKw1Cp/EOQwIT1T3Hs3/hZ6Y24QptHk=
5CnFtcyqlSPDcpfxhGdm+QMTfoIZXFGZ5r5XEw0QBsg=

"""
    + CHECKPOINT_7
)

CT_LEAVES = [
    bytes.fromhex(value)
    for value in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    bytes.fromhex(value)
    for value in (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]

EXAMPLE_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = """This is an example message.

\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
""".encode()
