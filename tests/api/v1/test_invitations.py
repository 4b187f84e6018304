from __future__ import annotations


def test_a_code_kept_back_does_not_bring_an_owner_back(portal):
    town = portal.town()
    other = portal.join(town, "brand_owner")
    invitations = f"{town.path}/invitations"
    kept = other.ok("POST", invitations, {"role": "brand_owner", "max_uses": 2})["code"]
    harmless = other.ok("POST", invitations, {"role": "member"})["code"]
    town.owner.ok("DELETE", f"{town.path}/members/{other.memberships[town.id]}/roles/brand_owner")
    joining = f"{town.path}/members"
    stranger = portal.person()
    stranger.refused(409, "invalid-invitation", "POST", joining, {"invitation_code": kept})
    stranger.ok("POST", joining, {"invitation_code": harmless})
