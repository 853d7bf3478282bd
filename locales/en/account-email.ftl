# Emails about accounts.

account-email-registration-subject = Confirm your account at { $site }
account-email-registration-text = Confirm that this is your email address. Then your account is ready.
account-email-registration-link = Confirm my account
account-email-registration-note = The link works for one day. If you did not ask for an account, ignore this email: without the link, none is created.
account-email-existing-subject = You already have an account at { $site }
account-email-existing-text = Someone, probably you, entered this address for a new account. It has one already: log in, or choose a new password if you have forgotten yours.
account-email-existing-note = If it was not you, there is nothing to do.
account-email-reset-subject = Choose a new password for { $site }
account-email-reset-text = Open the link to choose a new password.
account-email-reset-link = Choose a new password
account-email-reset-note = The link works once, for 15 minutes. If you did not ask for it, ignore this email: your password stays as it is.
account-email-code-subject = Log in to { $site }
account-email-code-text = Enter this code on the page where you asked for it, or open the link in the same browser.
account-email-code-note = Both work once, for ten minutes. If you did not ask for them, ignore this email, and do not share the code with anyone.
account-email-change-subject = Confirm your new email address for { $site }
account-email-change-text = Confirm this address to use it for your account at { $site }. Until then, nothing changes.
account-email-change-link = Confirm this address
account-email-change-note = The link works for one day. If you did not ask for it, ignore this email.
account-email-changed-subject = Your email address at { $site } was changed
account-email-changed-text = The email address of your account at { $site } is now { $email }.
account-email-changed-link = Undo this change
account-email-changed-note = If this was not you, undo this change within three days. Everyone is logged out then, and you choose a new password.
account-email-order-subject = The link to your order { $number }
account-email-order-text = With this link you see your order, its shipments and its invoices.
account-email-order-note = Anyone with this link can see the order, so do not share it.
