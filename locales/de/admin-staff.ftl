# Konten der Mitarbeiter.
admin-staff-title = Mitarbeiter
admin-staff-add-html = Ein Mitarbeiterkonto fügen Sie auf dem Server hinzu: <code>tradepost account create</code>
admin-staff-empty-title = Noch keine Mitarbeiter
admin-staff-empty-html = Konten werden mit <code>tradepost account create</code> angelegt.
admin-staff-count = { $count ->
    [one] { $count } Person
   *[other] { $count } Personen
}
admin-staff-column-name = Name
admin-staff-column-email = E-Mail
admin-staff-column-role = Rolle
admin-staff-column-last-login = Letzte Anmeldung
admin-staff-never = nie

admin-staff-role-owner = Inhaber
admin-staff-role-admin = Administrator
admin-staff-role-editor = Redakteur
admin-staff-role-author = Autor
admin-staff-role-contributor = Mitwirkender
admin-staff-role-shop-manager = Shop-Manager
admin-staff-role-fulfilment = Versand
admin-staff-role-support = Kundendienst
