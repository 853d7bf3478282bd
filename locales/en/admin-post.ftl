# Posts: the list and the editor.

admin-post-posts = Posts
admin-post-write = Write a post
admin-post-caption = Posts, newest first
admin-post-title = Title
admin-post-author = Author
admin-post-tags = Tags
admin-post-date = Date
admin-post-tab-drafts = Drafts
admin-post-published = Published
admin-post-draft = Draft
admin-post-unpublished-changes = Unpublished changes
admin-post-none-found = No posts here
admin-post-all = All posts
admin-post-first = Write your first post
admin-post-first-hint = News, a story, how something is made. Drafts stay private until you publish them.

admin-post-new = New post
admin-post-edit = Edit post
admin-post-text = Text
admin-post-body = Body
admin-post-body-hint = Markdown. An empty line starts a paragraph, ## a heading.
admin-post-preview = Preview
admin-post-preview-hint = Press Preview to see the page as readers will.
admin-post-preview-frame = Preview of this post
admin-post-preview-untitled = No title yet
admin-post-save-draft = Save draft
admin-post-publish = Publish
admin-post-unpublish = Unpublish
admin-post-unpublish-confirm = Unpublish this post?

admin-post-pictures = Pictures
admin-post-pictures-hint = Click a picture to insert it at the cursor, or copy the line below it.
admin-post-add-pictures-hint = Saved with the post; then you can insert them into the text. JPEG, PNG or WebP.

admin-post-publishing = Publishing
admin-post-published-on-html = Published { $date }.
admin-post-view = View post
admin-post-address-hint = /blog/… Empty: made from the title.
admin-post-page-address-hint = /pages/… Empty: made from the title.
admin-post-about = About the post
admin-post-summary = Summary
admin-post-summary-hint = Shown in lists and search engines.
admin-post-cover = Cover picture
admin-post-cover-hint = JPEG, PNG or WebP, at least 1600 pixels wide.
admin-post-cover-remove = Remove this cover
admin-post-cover-description = Describe the picture

admin-post-conflict = { $who } saved this post while you were writing
admin-post-conflict-hint = Your text is kept below and not saved yet. Copy what you need from the other version, then save again.
admin-post-conflict-version = The version { $who } saved
admin-post-conflict-saved-html = Saved { $when }
admin-post-conflict-title = Their title
admin-post-conflict-text = Their text

admin-post-history = History
admin-post-history-entry-html = <strong>{ $who }:</strong> { $change }
admin-post-history-saved = Saved the draft
admin-post-history-published = Published
admin-post-history-unpublished = Unpublished
admin-post-delete-hint = It is removed from the site, and its address shows that the post was deleted.
admin-post-delete-confirm = Delete this post?
admin-post-delete = Delete post
