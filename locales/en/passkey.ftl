# Passkeys: the list, one of them, and the log-in with one.

passkey-title = Passkeys
passkey-intro = A passkey logs you in with your fingerprint, your face or a security key. It cannot be guessed, and works on this site only.
passkey-note = With a passkey on your account, a password alone no longer logs you in.
passkey-list = Your passkeys
passkey-none = You have no passkeys yet.
passkey-added-on = Added on { $date }
passkey-last-used = Last used on { $date }
passkey-never-used = Not used yet
passkey-add-title = Add a passkey
passkey-add = Add a passkey
passkey-not-added = The passkey was not added
passkey-needs-script = Your browser cannot add passkeys here. They need JavaScript, a current browser and an address with https.
passkey-unavailable = Passkeys need a site address with a domain name. Ask the site owner.
passkey-name = Name
passkey-name-hint = Something that you recognise, such as the name of the device
passkey-edit-title = Passkey
passkey-not-saved = The passkey was not saved
passkey-remove = Remove this passkey
passkey-remove-note = You will be logged out on all other devices. Delete it on your device too.
passkey-back = All passkeys
passkey-log-in = Log in with a passkey
passkey-failed = This did not work. Please try again.
