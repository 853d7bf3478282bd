# Konten der Mitarbeiter, Einladungen und Inhaberschaft.
admin-staff-title = Mitarbeiter
admin-staff-invite = Jemanden einladen
admin-staff-count = { $count ->
    [one] { $count } Person
   *[other] { $count } Personen
}
admin-staff-column-name = Name
admin-staff-column-email = E-Mail
admin-staff-column-role = Rolle
admin-staff-column-last-login = Letzte Anmeldung
admin-staff-column-second-factor = Zweiter Faktor
admin-staff-never = nie
admin-staff-active = Aktiv
admin-staff-suspended = Gesperrt

## Offene Einladungen
admin-staff-invitations = Offene Einladungen
admin-staff-column-expires = Gültig bis
admin-staff-expired = Abgelaufen
admin-staff-send-again = Erneut senden
admin-staff-withdraw = Zurückziehen

## Das Formular einer Einladung
admin-staff-invite-title = Jemanden als Mitarbeiter einladen
admin-staff-invite-note = Die Person erhält einen Link per E-Mail und wählt ihr Passwort selbst. Der Link gilt einmal, sieben Tage lang. Sie sehen ihn auch hier, falls die E-Mail nicht ankommt.
admin-staff-not-invited = Noch nicht eingeladen
admin-staff-send-invitation = Einladung senden

## Ein Mitarbeiter
admin-staff-not-changed = Noch nicht geändert
admin-staff-self-note = Das sind Sie. Ihre eigene Rolle und Ihren Status können nur andere ändern.
admin-staff-fixed-note = Nur der Inhaber kann dieses Konto ändern.
admin-staff-owner-note = Der Inhaber hat alle Rechte. Um das zu ändern, übertragen Sie die Inhaberschaft.
admin-staff-role-hint = Eine andere Rolle oder ein anderer Status beendet sofort alle Sitzungen dieser Person.
admin-staff-profile = Ihr Profil bearbeiten
admin-staff-transfer = Inhaberschaft übertragen
admin-staff-transfer-note = { $name } wird Inhaber, und Sie werden Administrator. Nur diese Person kann das rückgängig machen.
admin-staff-transfer-button = Zum Inhaber machen

admin-staff-role-owner = Inhaber
admin-staff-role-admin = Administrator
admin-staff-role-editor = Redakteur
admin-staff-role-author = Autor
admin-staff-role-contributor = Mitwirkender
admin-staff-role-shop-manager = Shop-Manager
admin-staff-role-fulfilment = Versand
admin-staff-role-support = Kundendienst
