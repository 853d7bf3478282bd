# Log-in with identity providers: the log-in page, the security page of an account, and the admin.

identity-log-in = Log in with { $provider }
identity-continue-title = Continue to { $provider }
identity-continue-note = You log in there and come back here. If nothing happens, use the button.
identity-continue = Continue

## The security page of an account

identity-title = Log-in with other services
identity-note = Whoever can use one of these there can log in here. When you link or unlink one, you are logged out on all other devices.
identity-link = Link { $provider }
identity-unlink = Unlink { $provider }
identity-linked-on = Linked on { $linked }
identity-linked-and-used = Linked on { $linked }, last used on { $used }

## The admin

identity-admin-title = Identity providers
identity-admin-add = Add identity provider
identity-admin-count = { $count ->
    [one] { $count } identity provider
   *[other] { $count } identity providers
}
identity-admin-empty-title = No identity providers yet
identity-admin-empty = With OpenID Connect, people log in with Google, or with the account of your company.
identity-admin-new-title = New identity provider
identity-admin-edit-title = Identity provider
identity-admin-name = Name
identity-admin-name-hint = On the button, such as Google
identity-admin-issuer = Issuer
identity-admin-issuer-hint = As the provider writes it, such as https://accounts.google.com
identity-admin-issuer-kept = The issuer never changes. For another one, add a provider.
identity-admin-client-id = Client ID
identity-admin-client-secret = Client secret
identity-admin-secret-hint = Leave it empty only if the provider gave you none.
identity-admin-secret-kept = Leave it empty to keep the one that is stored.
identity-admin-callback-note = Register this address as the redirect URI at the provider:
identity-admin-active = Active
identity-admin-inactive = Inactive
identity-admin-column-accounts = Accounts
identity-admin-delete = Delete identity provider
identity-admin-delete-about = Nobody can log in with it any more. The accounts stay; their owners log in with their password or a code by email.
identity-admin-delete-question = Delete this identity provider?
