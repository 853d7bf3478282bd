# The profile of a staff member.
admin-profile-title = Your profile
admin-profile-name = Name
admin-profile-bio = About you
admin-profile-bio-hint = Shown next to your posts.
admin-profile-picture = Picture
admin-profile-no-picture = No picture
admin-profile-time-zone = Time zone
admin-profile-time-zone-hint = For dates and times in the admin.
admin-profile-site-zone = Same as the site
admin-profile-language = Language
admin-profile-language-hint = For the admin and for emails to you.
admin-profile-site-language = Same as the site
