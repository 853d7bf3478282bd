# The profile of a staff member.
admin-profile-title = Ihr Profil
admin-profile-name = Name
admin-profile-bio = Über Sie
admin-profile-bio-hint = Steht neben Ihren Beiträgen.
admin-profile-picture = Bild
admin-profile-no-picture = Kein Bild
admin-profile-time-zone = Zeitzone
admin-profile-time-zone-hint = In der die Verwaltung Ihnen Daten und Zeiten zeigt.
admin-profile-site-zone = Wie die Website
admin-profile-language = Sprache
admin-profile-language-hint = Der Verwaltung und der E-Mails an Sie.
admin-profile-site-language = Wie die Website
