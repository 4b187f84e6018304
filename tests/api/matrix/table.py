"""The table, written by hand: who gets which answer from which operation."""

from __future__ import annotations

#: An outsider has an account and nothing to do with the community; ``left`` was a member; ``bare`` is a member
#: from whom every role was taken.
CALLERS = ("visitor", "hostile", "outsider", "left", "bare", "member", "steward", "brand_owner", "auditor")

ROWS = """
                     visitor hostile outsider left bare member steward brand_owner auditor
register_account     201     201     201      201  201  201    201     201         201
sign_in              201     201     201      201  201  201    201     201         201
refresh_session      200     200     200      200  200  200    200     200         200
look_up_receipt      200     200     200      200  200  200    200     200         200
prove_receipt        200     200     200      200  200  200    200     200         200
list_methods         200     200     200      200  200  200    200     200         200
get_signing_keys     200     200     200      200  200  200    200     200         200
list_charter_templates 200   200     200      200  200  200    200     200         200
get_charter_template 200     200     200      200  200  200    200     200         200

get_own_account      401     401     200      200  200  200    200     200         200
update_own_account   401     401     200      200  200  200    200     200         200
change_own_password  401     401     204      204  204  204    204     204         204
erase_own_account    401     401     204      204  204  204    204     204         204
export_own_account   401     401     200      200  200  200    200     200         200
list_sessions        401     401     200      200  200  200    200     200         200
sign_out             401     401     204      204  204  204    204     204         204
end_session          401     401     204      204  204  204    204     204         204
found_community      401     401     201      201  201  201    201     201         201
list_communities     401     401     200      200  200  200    200     200         200
join_community       401     401     201      201  409  409    409     409         409

get_community        401     401     404      404  403  200    200     200         200
update_community     401     401     404      404  403  403    403     200         403
leave_community      401     401     404      404  204  204    204     204         204
erase_own_membership 401     401     404      404  204  204    204     204         204
get_own_membership   401     401     404      404  200  200    200     200         200
list_members         401     401     404      404  403  200    200     200         200
get_member           401     401     404      404  403  200    200     200         200
create_invitation    401     401     404      404  403  403    201     201         403
list_invitations     401     401     404      404  403  403    200     200         200
revoke_invitation    401     401     404      404  403  403    204     204         403
grant_role           401     401     404      404  403  403    403     201         403
revoke_role          401     401     404      404  403  403    403     200         403
verify_member        401     401     404      404  403  403    200     200         403
unverify_member      401     401     404      404  403  403    200     200         403

get_charter          401     401     404      404  403  200    200     200         200
list_charter_versions 401    401     404      404  403  200    200     200         200
get_charter_version  401     401     404      404  403  200    200     200         200
compare_charter_versions 401 401     404      404  403  200    200     200         200
accept_charter       401     401     404      404  403  200    200     200         403
preview_amendment    401     401     404      404  403  200    200     200         200

list_ballots         401     401     404      404  403  200    200     200         200
get_ballot           401     401     404      404  403  200    200     200         200
create_ballot        401     401     404      404  403  403    201     201         403
preview_count        401     401     404      404  403  403    200     200         403
preview_count_of_file 401    401     404      404  403  403    200     200         403
update_ballot        401     401     404      404  403  403    200     200         403
delete_ballot        401     401     404      404  403  403    204     204         403
preview_electorate   401     401     404      404  403  403    200     200         403
open_ballot          401     401     404      404  403  403    200     200         403
suspend_ballot       401     401     404      404  403  403    200     200         403
resume_ballot        401     401     404      404  403  403    200     200         403
get_manifest         401     401     404      404  403  200    200     200         200
get_turnout          401     401     404      404  403  200    200     200         200
cast_vote            401     401     404      404  403  201    403     403         403
issue_credential     401     401     404      404  403  201    403     403         403
cast_secret_vote     201     400     400      400  400  400    400     400         400
get_own_vote         401     401     404      404  403  200    403     403         403
close_ballot         401     401     404      404  403  200    200     200         403
get_result           401     401     404      404  403  200    200     200         200
list_charts          401     401     404      404  403  200    200     200         200
draw_chart           401     401     404      404  403  200    200     200         200
download_log         401     401     404      404  403  200    200     200         200
download_roll        401     401     404      404  403  200    200     200         200
download_votes       401     401     404      404  403  200    200     200         200
draw_jury            401     401     404      404  403  200    200     200         200
record_proposal_precommitment 401 401    404      404  403  403    403     201         403
list_proposal_precommitments 401 401     404      404  403  200    200     200         200
record_ballot_precommitment 401  401     404      404  403  403    403     201         403
list_ballot_precommitments 401   401     404      404  403  200    200     200         200
list_obligations     401     401     404      404  403  200    200     200         200
get_obligation       401     401     404      404  403  200    200     200         200
answer_obligation    401     401     404      404  403  403    403     201         403
list_answers         401     401     404      404  403  200    200     200         200
promise_milestone    401     401     404      404  403  403    403     201         403
list_milestones      401     401     404      404  403  200    200     200         200
get_milestone        401     401     404      404  403  200    200     200         200
give_evidence        401     401     404      404  403  403    403     201         403
list_evidence        401     401     404      404  403  200    200     200         200
attest               401     401     404      404  403  201    403     403         403
list_attestations    401     401     404      404  403  200    200     200         200
get_scorecard        401     401     404      404  403  200    200     200         200
get_scorecard_series 401     401     404      404  403  200    200     200         200
download_scorecard_series 401 401    404      404  403  200    200     200         200

create_proposal      401     401     404      404  403  201    201     201         403
list_proposals       401     401     404      404  403  200    200     200         200
get_proposal         401     401     404      404  403  200    200     200         200
update_proposal      401     401     404      404  403  200    200     200         403
submit_proposal      401     401     404      404  403  200    200     200         403
withdraw_proposal    401     401     404      404  403  200    200     200         403
sponsor_proposal     401     401     404      404  403  200    403     403         403
unsponsor_proposal   401     401     404      404  403  200    200     200         403
list_sponsors        401     401     404      404  403  200    200     200         200
list_proposal_texts  401     401     404      404  403  200    200     200         200
list_proposal_history 401    401     404      404  403  200    200     200         200
make_suggestion      401     401     404      404  403  201    201     201         403
list_suggestions     401     401     404      404  403  200    200     200         200
accept_suggestion    401     401     404      404  403  200    200     200         403
refuse_suggestion    401     401     404      404  403  200    200     200         403
withdraw_suggestion  401     401     404      404  403  200    200     200         403
classify_proposal    401     401     404      404  403  403    200     200         403
open_vote            401     401     404      404  403  200    200     200         403
consent_to_proposal  401     401     404      404  403  403    403     200         403
veto_proposal        401     401     404      404  403  403    403     200         403
call_override        401     401     404      404  403  200    403     403         403
rebase_proposal      401     401     404      404  403  200    200     200         403

get_tokens           401     401     404      404  403  200    200     200         200
get_own_tokens       401     401     404      404  403  200    200     200         200
list_own_statement   401     401     404      404  403  200    200     200         200
download_own_statement 401   401     404      404  403  200    200     200         200
list_token_accounts  401     401     404      404  403  200    200     200         200
create_token_account 401     401     404      404  403  403    403     201         403
get_token_account    401     401     404      404  403  404    200     200         200
get_token_account_as_of 401  401     404      404  403  404    200     200         200
assign_token_account 401     401     404      404  403  403    403     200         403
list_account_statement 401   401     404      404  403  404    200     200         200
download_account_statement 401 401   404      404  403  404    200     200         200
list_token_entries   401     401     404      404  403  403    200     200         200
download_token_entries 401   401     404      404  403  403    200     200         200
get_token_entry      401     401     404      404  403  404    200     200         200
download_token_balances 401  401     404      404  403  403    200     200         200
issue_tokens         401     401     404      404  403  403    403     201         403
vest_tokens          401     401     404      404  403  403    403     201         403
transfer_tokens      401     401     404      404  403  201    201     201         403
lock_tokens          401     401     404      404  403  201    201     201         403
burn_tokens          401     401     404      404  403  403    403     201         403
burn_own_tokens      401     401     404      404  403  201    201     201         403
import_token_balances 401    401     404      404  403  403    403     201         403
preview_token_import 401     401     404      404  403  403    403     200         403
download_token_import_report 401 401 404      404  403  403    403     200         403
list_token_imports   401     401     404      404  403  403    200     200         200
give_delegation      401     401     404      404  403  201    403     403         403
list_delegations     401     401     404      404  200  200    200     200         200
get_delegation       401     401     404      404  404  200    404     404         200
revoke_delegation    401     401     404      404  404  200    404     404         403
list_delegates       401     401     404      404  403  200    200     200         200
get_own_delegate_statement 401 401   404      404  403  200    200     200         200
get_delegate         401     401     404      404  403  200    200     200         200
state_as_delegate    401     401     404      404  403  200    403     403         403
get_own_weight       401     401     404      404  403  200    403     403         403
download_delegations 401     401     404      404  403  200    200     200         200
list_boards          401     401     404      404  403  200    200     200         200
get_board            401     401     404      404  403  200    200     200         200
create_board         401     401     404      404  403  403    201     201         403
update_board         401     401     404      404  403  403    200     200         403
create_idea          401     401     404      404  403  201    201     201         403
list_board_ideas     401     401     404      404  403  200    200     200         200
find_similar_ideas   401     401     404      404  403  200    200     200         200
promote_ideas        401     401     404      404  403  403    201     201         403
list_promotions      401     401     404      404  403  200    200     200         200
compute_consensus    401     401     404      404  403  403    201     201         403
get_consensus        401     401     404      404  403  200    200     200         200
list_consensus_ideas 401     401     404      404  403  200    200     200         200
list_ideas           401     401     404      404  403  200    200     200         200
get_idea             401     401     404      404  403  200    200     200         200
update_idea          401     401     404      404  403  200    200     200         403
delete_idea          401     401     404      404  403  204    204     204         403
post_idea            401     401     404      404  403  200    200     200         403
withdraw_idea        401     401     404      404  403  200    200     200         403
list_idea_texts      401     401     404      404  403  200    200     200         200
compare_idea_texts   401     401     404      404  403  200    200     200         200
invite_author        401     401     404      404  403  201    201     201         403
list_authors         401     401     404      404  403  200    200     200         200
decide_authorship    401     401     404      404  403  200    200     200         403
answer_idea          401     401     404      404  403  403    201     201         403
list_idea_answers    401     401     404      404  403  200    200     200         200
get_lineage          401     401     404      404  403  200    200     200         200
endorse_idea         401     401     404      404  403  200    403     403         403
withdraw_endorsement 401     401     404      404  403  200    200     200         403
place_dots           401     401     404      404  403  200    403     403         403
list_supporters      401     401     404      404  403  200    200     200         200
give_opinion         401     401     404      404  403  200    403     403         403
withdraw_opinion     401     401     404      404  403  200    200     200         403
follow_idea          401     401     404      404  403  200    200     200         403
unfollow_idea        401     401     404      404  403  200    200     200         403
propose_merge        401     401     404      404  403  201    201     201         403
list_merges          401     401     404      404  403  200    200     200         200
accept_merge         401     401     404      404  403  200    200     200         403
refuse_merge         401     401     404      404  403  200    200     200         403
retract_merge        401     401     404      404  403  200    200     200         403
decide_merge         401     401     404      404  403  403    200     200         403
opt_out_of_merge     401     401     404      404  403  200    409     409         403
write_comment        401     401     404      404  403  201    201     201         403
list_comments        401     401     404      404  403  200    200     200         200
reply_to_comment     401     401     404      404  403  201    201     201         403
list_replies         401     401     404      404  403  200    200     200         200
get_comment          401     401     404      404  403  200    200     200         200
edit_comment         401     401     404      404  403  200    200     200         403
withdraw_comment     401     401     404      404  403  200    200     200         403
list_comment_texts   401     401     404      404  403  200    200     200         200
react_to_comment     401     401     404      404  403  200    200     200         403
unreact_to_comment   401     401     404      404  403  200    200     200         403
list_reactions       401     401     404      404  403  200    200     200         200
list_own_mentions    401     401     404      404  403  200    200     200         200

create_group         401     401     404      404  403  201    201     201         403
list_groups          401     401     404      404  403  200    200     200         200
get_group            401     401     404      404  403  200    200     200         200
update_group         401     401     404      404  403  200    200     200         403
archive_group        401     401     404      404  403  200    200     200         403
restore_group        401     401     404      404  403  403    200     200         403
list_group_members   401     401     404      404  403  200    200     200         200
join_group           401     401     404      404  403  200    200     200         403
leave_group          401     401     404      404  200  200    200     200         403
admit_to_group       401     401     404      404  403  200    200     200         403
remove_from_group    401     401     404      404  403  204    204     204         403
appoint_group_steward 401    401     404      404  403  200    200     200         403
dismiss_group_steward 401    401     404      404  403  200    200     200         403

report_content       401     401     404      404  403  201    201     201         403
list_own_reports     401     401     404      404  403  200    200     200         200
list_moderation_cases 401    401     404      404  403  200    200     200         200
get_moderation_case  401     401     404      404  403  200    200     200         200
list_reports         401     401     404      404  403  403    200     403         200
list_moderation_steps 401    401     404      404  403  200    200     200         200
dismiss_reports      401     401     404      404  403  403    200     403         403
hide_content         401     401     404      404  403  403    200     403         403
appeal_hiding        401     401     404      404  403  200    200     200         403
uphold_hiding        401     401     404      404  403  403    200     404         403
restore_content      401     401     404      404  403  403    200     404         403
get_moderation_figures 401   401     404      404  403  200    200     200         200
get_moderation_series 401    401     404      404  403  200    200     200         200
download_moderation_series 401 401   404      404  403  200    200     200         200

list_audit_entries   401     401     404      404  403  403    403     403         200

get_log_checkpoint   401     401     404      404  403  200    200     200         200
get_log_tile         401     401     404      404  403  200    200     200         200
get_log_entries      401     401     404      404  403  403    403     403         200
prove_log_inclusion  401     401     404      404  403  200    200     200         200
prove_log_consistency 401    401     404      404  403  200    200     200         200
list_log_keys        401     401     404      404  403  200    200     200         200
get_ballot_bundle    401     401     404      404  403  200    200     200         200
"""

TABLE: dict[str, dict[str, int]] = {
    line.split()[0]: dict(zip(CALLERS, map(int, line.split()[1:]), strict=True))
    for line in ROWS.splitlines()
    if line and not line.startswith(" ")
}
