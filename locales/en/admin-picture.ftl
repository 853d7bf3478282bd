# The picture library.

admin-picture-pictures = Pictures
admin-picture-none-uploaded = No pictures were uploaded
admin-picture-add-hint = Drop files here or choose them. JPEG, PNG or WebP, up to 10 MB each.
admin-picture-upload = Upload
admin-picture-none = No pictures yet
admin-picture-none-hint = Pictures of products and posts appear here too.
admin-picture-all = All pictures
admin-picture-not-used = not used

admin-picture-description = Description
admin-picture-caption = Caption
admin-picture-caption-hint = Shown below it in posts.
admin-picture-credit = Credit
admin-picture-credit-hint = Who took it.
admin-picture-details = Details
admin-picture-size = Size
admin-picture-dimensions = { NUMBER($width) } × { NUMBER($height) }
admin-picture-size-value = { NUMBER($width) } × { NUMBER($height) }, { NUMBER($kilobytes) } kB in all sizes
admin-picture-file = File
admin-picture-added = Added
admin-picture-used-in = Used in
admin-picture-used-nowhere = Nothing yet
admin-picture-front-page = Front page
admin-picture-in-a-post = In a post
admin-picture-delete-hint = The picture is deleted permanently.
admin-picture-delete-confirm = Delete this picture?
admin-picture-delete = Delete picture
