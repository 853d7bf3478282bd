# Posts, the lists of posts, and the preview of a text for its author.

blog-title = Blog
blog-tags = Schlagwörter
blog-all-posts = Alle Beiträge
blog-empty = Noch keine Beiträge
blog-empty-note = Der erste wird gerade geschrieben.
blog-minutes = { NUMBER($minutes) } Min.

## A post

blog-reading-time = { $minutes ->
    [one] { $minutes } Minute
   *[other] { $minutes } Minuten
  }
blog-updated-html = Aktualisiert am { $date }
blog-contents = In diesem Beitrag
blog-more-posts = Weitere Beiträge
blog-older-html = <span>Älter</span> <bdi>{ $title }</bdi>
blog-newer-html = <span>Neuer</span> <bdi>{ $title }</bdi>
blog-read-next = Weiterlesen

## The preview

blog-preview = Vorschau
blog-preview-note = Nur Sie können das sehen. Diese Fassung ist nicht veröffentlicht.
blog-preview-refused = Dieser Text kann nicht angezeigt werden
blog-preview-warnings = Hinweise zu diesem Text
