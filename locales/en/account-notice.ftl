# Emails about a change of an account, to its owner.

account-notice-totp-added-subject = An authenticator app was added to your account
account-notice-totp-added = On { $date } an authenticator app was added to your account at { $site }. From now on you also need its code to log in.
account-notice-totp-removed-subject = The authenticator app was removed from your account
account-notice-totp-removed = On { $date } the authenticator app was removed from your account at { $site }.
account-notice-passkey-added-subject = A passkey was added to your account
account-notice-passkey-added = On { $date } the passkey “{ $name }” was added to your account at { $site }.
account-notice-passkey-removed-subject = A passkey was removed from your account
account-notice-passkey-removed = On { $date } the passkey “{ $name }” was removed from your account at { $site }.
account-notice-identity-linked-subject = A new way to log in to your account
account-notice-identity-linked = On { $date } the log-in with { $provider } was linked to your account at { $site }. Whoever can use it there can now log in to your account.
account-notice-identity-unlinked-subject = A way to log in to your account was removed
account-notice-identity-unlinked = On { $date } the log-in with { $provider } was removed from your account at { $site }.
account-notice-factors-cleared-subject = Two-factor authentication was turned off for your account
account-notice-factors-cleared = On { $date } the operator of { $site } removed all authenticator apps, passkeys and recovery codes from your account. You now need only your password to log in.
account-notice-code-used-subject = A recovery code was used to log in to your account
account-notice-code-used = On { $date } someone logged in to your account at { $site } with a recovery code. { $left ->
    [one] { $left } code is left.
   *[other] { $left } codes are left.
}
account-notice-not-you = If this was not you, someone else may have access to your account. Choose a new password at once, check your authenticator app and passkeys, and reply to this email.
account-notice-button = Check your account
account-notice-password-subject = Your password was changed
account-notice-password = The password of your account at { $site } was changed on { $date }, and all other devices were logged out.
account-notice-device-subject = New log-in to your account
account-notice-device = Someone logged in to your account at { $site } on { $date }. Device: { $device }. If this was you, there is nothing to do.
