# The own profile of a member of staff.
admin-profile-title = Your profile
admin-profile-name = Name
admin-profile-bio = About you
admin-profile-bio-hint = Stands beside your posts.
admin-profile-picture = Picture
admin-profile-no-picture = No picture
admin-profile-time-zone = Time zone
admin-profile-time-zone-hint = In which the admin shows dates and times to you.
admin-profile-site-zone = That of the site
admin-profile-language = Language
admin-profile-language-hint = Of the admin and of emails to you.
admin-profile-site-language = That of the site
