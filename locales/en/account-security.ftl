# Password and sessions of an account.

account-security-change-password = Change password
account-security-current-password = Current password
account-security-sessions = Where you are logged in
account-security-sessions-note = Log out any device you do not recognise, and change your password.
account-security-this-device = This device
account-security-last-seen-html = Last used { $when }
account-security-network = Network { $network }
account-security-end-html = Log out<span class="sr">: { $device }</span>
account-security-end-all = Log out everywhere
account-security-device = { $browser } on { $system }
account-security-unknown-device = Unknown device
account-security-factors = More security
account-security-two-factor = Two-factor authentication
account-security-passkeys = Manage passkeys
