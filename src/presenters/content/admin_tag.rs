//! Tags in the admin: the list and the form.

use crate::forms::Fields;
use crate::models::content::tag::{Tag, TagListing};
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::admin::content::tags::{Edit, Row};

pub struct TagEditor {
    pub tag: Tag,
    pub posts: i64,
    pub other: Option<Tag>,
    pub can_change: bool,
}

pub fn tag_row(listing: TagListing) -> Row {
    Row {
        href: paths::admin::tag(&listing.tag.slug),
        posts: listing.published,
        public_href: public_href(&listing.tag, listing.published),
        name: listing.tag.name,
    }
}

pub fn tag_form(editor: TagEditor, form: Fields, t: Locale) -> Edit {
    let TagEditor { tag, posts, other, can_change } = editor;
    Edit {
        t,
        can_change,
        public_href: public_href(&tag, posts),
        posts,
        merge_into: other.map(|other| other.name),
        name: tag.name,
        slug: tag.slug,
        form,
    }
}

/// The tag's page exists while a published post has the tag.
fn public_href(tag: &Tag, posts: i64) -> Option<String> {
    (posts > 0).then(|| paths::tag(&tag.slug))
}
