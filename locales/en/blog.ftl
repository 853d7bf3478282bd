# Posts, the lists of posts, and the preview of a text for its author.

blog-title = Blog
blog-tags = Tags
blog-all-posts = All posts
blog-empty = No posts yet
blog-empty-note = The first one is being written.
blog-minutes = { NUMBER($minutes) } min

## A post

blog-reading-time = { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
  }
blog-updated-html = Updated { $date }
blog-contents = In this post
blog-more-posts = More posts
blog-older-html = <span>Older</span> <bdi>{ $title }</bdi>
blog-newer-html = <span>Newer</span> <bdi>{ $title }</bdi>
blog-read-next = Read next

## The preview

blog-preview = Preview
blog-preview-note = Only you can see this. This version is not published.
blog-preview-refused = This text cannot be shown
blog-preview-warnings = About this text
