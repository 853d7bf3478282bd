# Staff accounts, invitations and ownership.
admin-staff-title = Staff
admin-staff-invite = Invite someone
admin-staff-count = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
admin-staff-column-name = Name
admin-staff-column-email = Email
admin-staff-column-role = Role
admin-staff-column-last-login = Last log-in
admin-staff-column-second-factor = Second factor
admin-staff-never = never
admin-staff-active = Active
admin-staff-suspended = Suspended

## Open invitations
admin-staff-invitations = Open invitations
admin-staff-column-expires = Valid until
admin-staff-expired = Expired
admin-staff-send-again = Send again
admin-staff-withdraw = Withdraw

## The form of an invitation
admin-staff-invite-title = Invite someone to the staff
admin-staff-invite-note = They get a link by email, and choose their password themselves. The link works once, for seven days. You see it here too, in case the email does not arrive.
admin-staff-not-invited = Not invited yet
admin-staff-send-invitation = Send invitation

## One staff account
admin-staff-not-changed = Not changed yet
admin-staff-self-note = This is you. Your own role and status can only be changed by others.
admin-staff-fixed-note = Only the owner can change this account.
admin-staff-owner-note = The owner has every permission. To change who that is, transfer the ownership.
admin-staff-role-hint = Changing the role or the status ends every session of this person at once.
admin-staff-profile = Edit your profile
admin-staff-transfer = Transfer ownership
admin-staff-transfer-note = { $name } becomes the owner, and you become an admin. Only they can give it back.
admin-staff-transfer-button = Make them the owner

admin-staff-role-owner = Owner
admin-staff-role-admin = Admin
admin-staff-role-editor = Editor
admin-staff-role-author = Author
admin-staff-role-contributor = Contributor
admin-staff-role-shop-manager = Shop manager
admin-staff-role-fulfilment = Fulfilment
admin-staff-role-support = Support
