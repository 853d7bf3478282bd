# Staff accounts.
admin-staff-title = Staff
admin-staff-add-html = Add a staff account on the server: <code>tradepost account create</code>
admin-staff-empty-title = No staff yet
admin-staff-empty-html = Accounts are created with <code>tradepost account create</code>.
admin-staff-count = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
admin-staff-column-name = Name
admin-staff-column-email = Email
admin-staff-column-role = Role
admin-staff-column-last-login = Last log-in
admin-staff-never = never

admin-staff-role-owner = Owner
admin-staff-role-admin = Admin
admin-staff-role-editor = Editor
admin-staff-role-author = Author
admin-staff-role-contributor = Contributor
admin-staff-role-shop-manager = Shop manager
admin-staff-role-fulfilment = Fulfilment
admin-staff-role-support = Support
