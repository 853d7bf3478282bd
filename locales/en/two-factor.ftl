# Two-factor authentication with an authenticator app, and the second step of the log-in.

two-factor-title = Two-factor authentication
two-factor-intro = After your password you also enter a code from an app on your phone. Someone who knows only your password cannot log in.
two-factor-set-up = Set up an authenticator app
two-factor-set-up-note = You need an app on your phone that makes one-time codes.
two-factor-scan-title = Set up your app
two-factor-scan = Scan this picture with an authenticator app. Then enter the code that it shows.
two-factor-picture = QR code for your authenticator app
two-factor-secret = If you cannot scan it, type this key into the app:
two-factor-code = Code
two-factor-code-hint = The six digits in the app
two-factor-turn-on = Turn on
two-factor-not-on = Two-factor authentication is not on yet
two-factor-app-title = Authenticator app
two-factor-app-since = On since { $date }.
two-factor-turn-off = Turn off
two-factor-turn-off-note = You will be logged out on all other devices.
two-factor-passkeys-title = Passkeys
two-factor-passkeys = { $count ->
    [one] { $count } passkey is on your account.
   *[other] { $count } passkeys are on your account.
}
two-factor-passkeys-none = A passkey logs you in with your fingerprint, your face or a security key.
two-factor-passkeys-manage = Manage passkeys
two-factor-codes-title = Recovery codes
two-factor-codes-left = { $count ->
    [one] { $count } recovery code is left.
   *[other] { $count } recovery codes are left.
}
two-factor-codes-note = Each one logs you in once if you lose your phone. New codes replace the old ones.
two-factor-codes-create = Create new recovery codes

## The recovery codes, shown once

two-factor-codes-new-title = Your recovery codes
two-factor-codes-new-intro = Print this page, or copy the codes to a safe place: they are not shown again. Each one logs you in once if you lose your phone.
two-factor-codes-list = Recovery codes
two-factor-codes-gone = Recovery codes are shown only once. If you have lost them, create new ones.
two-factor-codes-done = I have saved them
two-factor-codes-back = Two-factor settings

## The second step of the log-in

two-factor-log-in-title = Confirm that it is you
two-factor-log-in-intro = Enter the code from your authenticator app, or one of your recovery codes.
two-factor-log-in-intro-passkey = Use your passkey, or enter one of your recovery codes.
two-factor-log-in-continue = Continue
two-factor-log-in-passkey = Use a passkey
two-factor-log-in-cancel = Cancel
