//! Posts: the list and the editor.

use actix_web::web::Path;

use super::uploads::{self, Uploaded};
use super::{Narrowing, refuse, refused_when_busy};
use crate::app::Purpose;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::posts::{PostForm, Typed};
use crate::http::guards::needs;
use crate::http::pictures::picture;
use crate::http::{Context, Form, FormWithFiles, Reply, Staff};
use crate::models::account::Member;
use crate::models::account::roles::Permission;
use crate::models::media::Media;
use crate::models::post::drafting::{Draft, Writing};
use crate::models::post::publishing::may_publish;
use crate::models::post::{Post, PostKind};
use crate::models::tag::Tag;
use crate::paths;
use crate::support::markdown::{Pictures, Text};
use crate::support::page::Window;
use crate::views::View;
use crate::views::admin::Pill;
use crate::views::admin::posts::{Change, Conflict, Counts, Edit, Index, Insertable, Row};

/// Whoever writes posts.
pub(super) type Writer = Staff<needs::WritePosts>;
/// What they send: texts of a million letters, pictures.
pub(super) type WriterForm = FormWithFiles<needs::WritePosts>;

/// What happens to a post after its working copy has been saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing.
    Stay,
    /// It goes on the site.
    Publish,
    /// It leaves the site.
    Unpublish,
}

impl Then {
    /// What was done, and what the writer should know about it.
    fn words(self, typed: Option<&Typed>, text: Option<&Text>) -> String {
        let mut words = match self {
            Then::Stay => "Draft saved.",
            Then::Publish => "The post is on the site.",
            Then::Unpublish => "The post is off the site. Its text is kept here.",
        }
        .to_owned();
        let doubled = typed.map(|typed| typed.doubled_tags.as_slice()).unwrap_or_default();
        if !doubled.is_empty() {
            words = format!("{words} Left out, because the same tag is there already: {}.", doubled.join(", "));
        }
        for sentence in text.map(|text| text.rendered().notes.sentences()).unwrap_or_default() {
            words = format!("{words} {sentence}");
        }
        words
    }
}

/// The list.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Writer) -> Result<Reply> {
    let find = Narrowing::of(&staff);
    staff
        .page(move |conn, cx| {
            let status = match find.tab.as_str() {
                "published" => Some("published"),
                "drafts" => Some("draft"),
                _ => None,
            };
            let rows = Post::listed(conn, status, &find.words(), &find.window)?;
            let ids: Vec<i64> = rows.items.iter().map(|(post, ..)| post.id).collect();
            let tags = Tag::of_posts(conn, &ids)?;
            let rows = rows.map(|(post, title, differs, edited)| {
                let names = tags.iter().filter(|(id, _)| *id == post.id).map(|(_, tag)| tag.name.as_str());
                Row {
                    title,
                    href: paths::admin::post(&post.public_id),
                    state: state(&post),
                    when: cx.date(post.published_at.filter(|_| post.is_published()).unwrap_or(edited)),
                    tags: names.collect::<Vec<_>>().join(", "),
                    has_changes: post.is_published() && differs,
                    author: post.author_name,
                }
            });
            let counts = Counts {
                all: Post::count(conn, None)?,
                published: Post::count(conn, Some("published"))?,
                drafts: Post::count(conn, Some("draft"))?,
            };
            Ok(Index { tab: find.tab, counts, q: find.q, rows })
        })
        .await
}

/// An empty editor.
///
/// # Errors
/// When the database refuses.
pub async fn new(staff: Writer) -> Result<Reply> {
    let form = Fields::of([("lock_version", "0".to_owned())]);
    staff.page(move |conn, cx| editor(conn, cx, None, form, false)).await
}

/// Starts a post, and publishes it if that was the button.
///
/// # Errors
/// When the database refuses.
pub async fn create(staff: Writer, FormWithFiles { mut form, .. }: WriterForm) -> Result<Reply> {
    let uploaded = keep_pictures(&staff, &mut form).await?;
    let Some(typed) = form.fields.check::<PostForm>() else { return again(&staff, None, form.fields, false).await };
    let then = if typed.publish { Then::Publish } else { Then::Stay };
    let text = match rendered(&staff, Some(&typed), None, then).await {
        Ok(text) => text,
        Err(error) => {
            refuse(&mut form.fields, refused_when_busy(error))?;
            return again(&staff, None, form.fields, false).await;
        }
    };
    let words = uploaded.notice(&then.words(Some(&typed), text.as_ref()));
    let member = staff.member.clone();
    let written = staff.write_once(&form.once, move |tx| {
        let writing = writing(tx, &typed)?;
        let mut post = Post::start(tx, PostKind::Post, &member, &writing)?;
        if let Some(text) = &text {
            post = post.publish(tx, PostKind::Post, &member, text, (paths::post, paths::tag))?;
        }
        Ok(Reply::see(paths::admin::post(&post.public_id)).notice(words.clone()))
    });
    match written.await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            refuse(&mut form.fields, error)?;
            again(&staff, None, form.fields, false).await
        }
    }
}

/// The editor of a post.
///
/// # Errors
/// `NotFound`; `NotAllowed` when it is somebody else's.
pub async fn edit(staff: Writer, id: Path<String>) -> Result<Reply> {
    let member = staff.member.clone();
    staff
        .page(move |conn, cx| {
            let post = Post::find(conn, &id)?;
            post.check_editor(&member)?;
            let draft = post.draft(conn)?;
            let cover = cover_of(conn, &draft)?;
            let form = fields_of(&post, &draft, cover.as_ref());
            editor(conn, cx, Some(post), form, false)
        })
        .await
}

/// Saves the working copy.
///
/// # Errors
/// `NotFound`; `NotAllowed` when it is somebody else's.
pub async fn update(staff: Writer, id: Path<String>, FormWithFiles { form, .. }: WriterForm) -> Result<Reply> {
    save(staff, id.into_inner(), form, Then::Stay).await
}

/// Saves the working copy and publishes or unpublishes it in the same write. A form without a text, as from a lone
/// button, saves nothing.
pub(super) async fn save(staff: Writer, id: String, mut form: Form, then: Then) -> Result<Reply> {
    let mut uploaded = Uploaded::default();
    let typed = if form.fields.all("title").is_empty() && then != Then::Stay {
        None
    } else {
        uploaded = keep_pictures(&staff, &mut form).await?;
        match form.fields.check::<PostForm>() {
            None => return again(&staff, Some(id), form.fields, false).await,
            typed => typed,
        }
    };
    let text = match rendered(&staff, typed.as_ref(), Some(&id), then).await {
        Ok(text) => text,
        // A lone button has no form to show again.
        Err(error) if typed.is_none() => return Err(error),
        Err(error) => {
            refuse(&mut form.fields, refused_when_busy(error))?;
            return again(&staff, Some(id), form.fields, false).await;
        }
    };
    let words = uploaded.notice(&then.words(typed.as_ref(), text.as_ref()));
    let (member, wanted) = (staff.member.clone(), id.clone());
    let saved = staff.write_once(&form.once, move |tx| {
        save_in(tx, &member, &wanted, typed.as_ref(), text.as_ref(), then)?;
        Ok(Reply::see(paths::admin::post(&wanted)).notice(words.clone()))
    });
    match saved.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict | Error::SentBefore) => again(&staff, Some(id), form.fields, true).await,
        Err(error) => {
            refuse(&mut form.fields, error)?;
            again(&staff, Some(id), form.fields, false).await
        }
    }
}

/// The text that is about to be published, rendered before the write: the one typed, or that of the working copy of a
/// post, by its public id. None when nothing is published.
async fn rendered(staff: &Writer, typed: Option<&Typed>, id: Option<&str>, then: Then) -> Result<Option<Text>> {
    if then != Then::Publish {
        return Ok(None);
    }
    // Nobody makes the site work on what they may not publish.
    let stored = match id.map(str::to_owned) {
        None => may_publish(&staff.member).map(|()| String::new())?,
        Some(id) => {
            let member = staff.member.clone();
            let stored = staff.read(move |conn| {
                let post = Post::find(conn, &id)?;
                post.check_publisher(&member)?;
                Ok(post.draft(conn)?.body_md)
            });
            stored.await?
        }
    };
    let source = typed.map_or(stored, |typed| typed.body.clone());
    Ok(Some(staff.visitor.app().render(source, Pictures::Library, Purpose::Publish, "body").await?))
}

fn save_in(
    tx: &mut Tx<'_>,
    member: &Member,
    id: &str,
    typed: Option<&Typed>,
    text: Option<&Text>,
    then: Then,
) -> Result<()> {
    let post = Post::find(tx.conn(), id)?;
    if let Some(typed) = typed {
        let writing = writing(tx, typed)?;
        post.save_draft(tx, member, typed.lock_version, &writing)?;
    }
    match (then, text) {
        (Then::Publish, Some(text)) => {
            let kind = post.kind(tx.conn())?;
            post.publish(tx, kind, member, text, (address(kind), paths::tag)).map(drop)
        }
        (Then::Unpublish, _) => post.unpublish(tx, member),
        _ => Ok(()),
    }
}

/// What makes the public address of a kind.
pub(super) fn address(kind: PostKind) -> fn(&str) -> String {
    match kind {
        PostKind::Post => paths::post,
        PostKind::Page => paths::page,
    }
}

/// Keeps what was uploaded, whatever else is wrong: the cover's id travels in the form from now on.
async fn keep_pictures(staff: &Writer, form: &mut Form) -> Result<Uploaded<Media>> {
    let covers = form.files.remove("cover").unwrap_or_default();
    let mut uploaded = uploads::keep(staff, covers.into_iter().take(1).collect()).await?;
    if let Some(cover) = uploaded.pictures.first() {
        let alt = form.fields.value("cover_alt").to_owned();
        form.fields.set("cover_id", cover.public_id.clone());
        form.fields.set("cover_remove", String::new());
        form.fields.set("cover_alt", if alt.is_empty() { cover.alt_text.clone() } else { alt });
    }
    if let Some(words) = &uploaded.refused {
        form.fields.refuse("cover", words.clone());
    }
    let more = uploads::keep(staff, form.files.remove("pictures").unwrap_or_default()).await?;
    if let Some(words) = &more.refused {
        form.fields.refuse("pictures", words.clone());
    }
    uploaded.extend(more);
    Ok(uploaded)
}

/// What was typed as the models take it. The description of the cover belongs to this post: other posts may show the
/// same picture, and readers see nothing of a working copy.
fn writing(tx: &mut Tx<'_>, typed: &Typed) -> Result<Writing> {
    let cover = Media::among(tx.conn(), std::slice::from_ref(&typed.cover))?.into_iter().next();
    Ok(Writing {
        title: typed.title.clone(),
        slug: typed.slug.clone(),
        body_md: typed.body.clone(),
        excerpt: typed.excerpt.clone(),
        tags: typed.tags.clone(),
        cover_alt: if cover.is_some() { typed.cover_alt.clone() } else { String::new() },
        cover_id: cover.map(|cover| cover.id),
    })
}

/// The editor again with what was typed (422). After a conflict it shows the other version and stands on it, so that
/// saving once more overwrites knowingly.
async fn again(staff: &Writer, id: Option<String>, mut form: Fields, conflict: bool) -> Result<Reply> {
    let member = staff.member.clone();
    let page = staff.page(move |conn, cx| {
        let post = id.map(|id| Post::find(conn, &id)).transpose()?;
        if let Some(post) = &post {
            post.check_editor(&member)?;
            if conflict {
                let draft = post.draft(conn)?;
                let cover = cover_of(conn, &draft)?;
                let mut theirs = fields_of(post, &draft, cover.as_ref());
                // The page shows their title and their text in full.
                for shown in ["title", "body", "cover_id"] {
                    theirs.take_out(shown);
                }
                form.note_differences(&theirs);
            }
        }
        editor(conn, cx, post, form, conflict)
    });
    Ok(page.await?.retry())
}

fn editor(
    conn: &mut Conn,
    cx: &Context,
    post: Option<Post>,
    form: Fields,
    conflict: bool,
) -> Result<impl View + use<>> {
    let cover = Media::among(conn, &[form.value("cover_id").to_owned()])?.into_iter().next();
    let may_publish = cx.may(Permission::PublishPosts);
    let library = Media::page(conn, &Window::first(24))?;
    let mut page = Edit {
        id: None,
        state: Pill { text: "Draft".to_owned(), kind: "warn todo" },
        is_published: false,
        is_page: false,
        has_unpublished_changes: false,
        published: None,
        public_href: None,
        cover: cover.map(|cover| picture(&cover, Some(form.value("cover_alt")).filter(|words| !words.is_empty()))),
        pictures: library.items.iter().map(insertable).collect(),
        conflict: None,
        history: Vec::new(),
        can_publish: may_publish,
        can_delete: false,
        form,
    };
    let Some(post) = post else { return Ok(page) };
    let draft = post.draft(conn)?;
    let kind = post.kind(conn)?;
    page.is_published = post.is_published();
    page.is_page = kind == PostKind::Page;
    page.state = state(&post);
    page.has_unpublished_changes = post.has_changes(conn, &draft)?;
    page.published = post.published_at.filter(|_| post.is_published()).map(|at| cx.date(at));
    page.public_href = post.is_published().then(|| address(kind)(&post.slug));
    page.history = history(conn, cx, &post)?;
    page.can_delete = may_publish || !post.is_published();
    page.conflict = conflict.then(|| Conflict {
        who: draft.edited_by,
        when: cx.moment(draft.edited_at),
        their_title: draft.title,
        their_body: draft.body_md,
    });
    page.id = Some(post.public_id);
    Ok(page)
}

fn history(conn: &mut Conn, cx: &Context, post: &Post) -> Result<Vec<Change>> {
    let changes = post.history(conn)?.into_iter().map(|(at, who, reason)| {
        let reason = match reason.as_str() {
            "saved" => "Saved the draft".to_owned(),
            "published" => "Published".to_owned(),
            "unpublished" => "Took it off the site".to_owned(),
            _ => reason,
        };
        Change { when: cx.moment(at), who, reason }
    });
    Ok(changes.collect())
}

fn fields_of(post: &Post, draft: &Draft, cover: Option<&Media>) -> Fields {
    // The address stays while the post is off the site.
    let has_address = draft.slug.is_empty() && post.published_at.is_some();
    let slug = if has_address { post.slug.clone() } else { draft.slug.clone() };
    Fields::of([
        ("title", draft.title.clone()),
        ("body", draft.body_md.clone()),
        ("slug", slug),
        ("excerpt", draft.excerpt.clone()),
        ("tags", draft.tags.clone()),
        ("cover_id", cover.map_or_else(String::new, |cover| cover.public_id.clone())),
        ("cover_alt", draft.cover_alt.clone()),
        ("lock_version", post.lock_version.to_string()),
    ])
}

fn cover_of(conn: &mut Conn, draft: &Draft) -> Result<Option<Media>> {
    let Some(id) = draft.cover_id else { return Ok(None) };
    Ok(Media::by_id(conn, &[id])?.remove(&id))
}

fn state(post: &Post) -> Pill {
    match post.is_published() {
        true => Pill { text: "Published".to_owned(), kind: "good" },
        false => Pill { text: "Draft".to_owned(), kind: "warn todo" },
    }
}

fn insertable(media: &Media) -> Insertable {
    let label = if media.alt_text.is_empty() { &media.file_name } else { &media.alt_text };
    Insertable { label: label.clone(), markdown: super::pictures::markdown(media), picture: picture(media, None) }
}
