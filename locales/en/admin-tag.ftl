# Tags: the list and the form.

admin-tag-tags = Tags
admin-tag-caption = Tags, by name
admin-tag-name = Name
admin-tag-posts = Posts
admin-tag-none-found = No tags here
admin-tag-none-found-hint = No tag matches. Try fewer words.
admin-tag-all = All tags
admin-tag-none = No tags yet
admin-tag-none-hint = Tags group related posts. Add them in a post’s Tags field; they appear here once the post is published.
admin-tag-all-posts = All posts

admin-tag-edit = Edit tag
admin-tag-tag = Tag
admin-tag-posts-on-site = { $count ->
    [0] No posts on the site.
    [one] { $count } post on the site.
   *[other] { $count } posts on the site.
}
admin-tag-view = View { $address }
admin-tag-name-hint = Its address changes too; the old address redirects to the new one.
admin-tag-merge-hint-html = All posts tagged <bdi>{ $tag }</bdi> will be tagged <bdi>{ $other }</bdi>. This cannot be undone.
admin-tag-merge = Merge
admin-tag-delete-hint = It is removed from all posts, and its address shows that it was deleted. The posts are kept.
admin-tag-delete-confirm = Delete this tag?
admin-tag-delete = Delete tag
