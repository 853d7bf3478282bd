//! Posts: the list and the editor.

use actix_web::web::Path;

use crate::app::RenderPurpose;
use crate::controllers::admin::uploads::{self, UploadResult};
use crate::controllers::admin::{ListQuery, add_model_error, busy_to_invalid};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::content::posts::{PostForm, PostFormData};
use crate::http::guards::needs;
use crate::http::{Context, Form, FormWithFiles, Reply, Staff};
use crate::models::content::media::Media;
use crate::models::content::post::drafts::{Draft, DraftInput};
use crate::models::content::post::publication::check_publish_permission;
use crate::models::content::post::{Post, PostKind};
use crate::models::content::tag::Tag;
use crate::models::people::account::Member;
use crate::models::people::account::roles::Permission;
use crate::paths;
use crate::presenters::content::admin_post::{EditedPost, PostEditor, post_editor, post_row, public_path_fn};
use crate::support::i18n::Message;
use crate::support::markdown::{MarkdownText, PicturePolicy};
use crate::support::pagination::Cursor;
use crate::views::admin::content::posts::{Counts, Edit, Index};

pub(super) type PostWriter = Staff<needs::WritePosts>;
pub(super) type PostWriterForm = FormWithFiles<needs::WritePosts>;

/// What to do with a post after its draft is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterSave {
    Stay,
    Publish,
    Unpublish,
}

impl AfterSave {
    /// The notice after saving, with warnings about duplicate tags and the rendered text.
    fn notice(self, typed: Option<&PostFormData>, text: Option<&MarkdownText>) -> Message {
        let done = match self {
            AfterSave::Stay => Message::DraftSaved,
            AfterSave::Publish => Message::PostPublished,
            AfterSave::Unpublish => Message::PostUnpublished,
        };
        let doubled = typed.map(|typed| typed.duplicate_tags.as_slice()).unwrap_or_default();
        let dropped = Message::DuplicateTagsDropped { tags: doubled.join(", ") };
        let warnings = text.map(|text| text.rendered().warnings.messages()).unwrap_or_default();
        (!doubled.is_empty()).then_some(dropped).into_iter().chain(warnings).fold(done, Message::then)
    }
}

pub async fn index(staff: PostWriter) -> Result<Reply> {
    let find = ListQuery::from_params(&staff);
    staff
        .render_page(move |conn, cx| {
            let status = match find.tab.as_str() {
                "published" => Some("published"),
                "drafts" => Some("draft"),
                _ => None,
            };
            let rows = Post::list_for_admin(conn, status, &find.search_words(), &find.cursor)?;
            let ids: Vec<_> = rows.items.iter().map(|(post, ..)| post.id).collect();
            let tags = Tag::for_posts(conn, &ids)?;
            let rows = rows.map(|listing| post_row(listing, &tags, cx.format()));
            let counts = Counts {
                all: Post::count(conn, None)?,
                published: Post::count(conn, Some("published"))?,
                drafts: Post::count(conn, Some("draft"))?,
            };
            Ok(Index { t: cx.locale(), tab: find.tab, counts, q: find.q, rows })
        })
        .await
}

pub async fn new(staff: PostWriter) -> Result<Reply> {
    let form = Fields::from_pairs([("lock_version", "0".to_owned())]);
    staff.render_page(move |conn, cx| editor(conn, cx, None, form, false)).await
}

/// Creates a draft, and publishes it if the form's button says so.
pub async fn create(staff: PostWriter, FormWithFiles { mut form, .. }: PostWriterForm) -> Result<Reply> {
    let uploaded = keep_pictures(&staff, &mut form).await?;
    let Some(typed) = form.fields.check::<PostForm>() else {
        return render_form(&staff, None, form.fields, false).await;
    };
    let then = if typed.publish { AfterSave::Publish } else { AfterSave::Stay };
    let text = match rendered(&staff, Some(&typed), None, then).await {
        Ok(text) => text,
        Err(error) => {
            add_model_error(&mut form.fields, busy_to_invalid(error))?;
            return render_form(&staff, None, form.fields, false).await;
        }
    };
    let notice = uploaded.notice(then.notice(Some(&typed), text.as_ref()));
    let member = staff.member.clone();
    let written = staff.write_once(&form.token, move |tx| {
        let writing = writing(tx, &typed)?;
        let mut post = Post::create_draft(tx, PostKind::Post, &member, &writing)?;
        if let Some(text) = &text {
            post = post.publish(tx, PostKind::Post, &member, text, (paths::post, paths::tag))?;
        }
        Ok(Reply::redirect(paths::admin::post(&post.public_id)).notice(notice.clone()))
    });
    match written.await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, None, form.fields, false).await
        }
    }
}

pub async fn edit(staff: PostWriter, id: Path<String>) -> Result<Reply> {
    let member = staff.member.clone();
    staff
        .render_page(move |conn, cx| {
            let post = Post::find(conn, &id)?;
            post.check_edit_permission(&member)?;
            let draft = post.draft(conn)?;
            let cover = cover_of(conn, &draft)?;
            let form = fields_of(&post, &draft, cover.as_ref());
            editor(conn, cx, Some(post), form, false)
        })
        .await
}

pub async fn update(staff: PostWriter, id: Path<String>, FormWithFiles { form, .. }: PostWriterForm) -> Result<Reply> {
    save(staff, id.into_inner(), form, AfterSave::Stay).await
}

/// Saves the draft and publishes or unpublishes the post in one transaction. A form without a title field, as from a
/// single button, changes no text.
pub(super) async fn save(staff: PostWriter, id: String, mut form: Form, then: AfterSave) -> Result<Reply> {
    let mut uploaded = UploadResult::default();
    let typed = if form.fields.values("title").is_empty() && then != AfterSave::Stay {
        None
    } else {
        uploaded = keep_pictures(&staff, &mut form).await?;
        match form.fields.check::<PostForm>() {
            None => return render_form(&staff, Some(id), form.fields, false).await,
            typed => typed,
        }
    };
    let text = match rendered(&staff, typed.as_ref(), Some(&id), then).await {
        Ok(text) => text,
        // A single button has no form to render again.
        Err(error) if typed.is_none() => return Err(error),
        Err(error) => {
            add_model_error(&mut form.fields, busy_to_invalid(error))?;
            return render_form(&staff, Some(id), form.fields, false).await;
        }
    };
    let notice = uploaded.notice(then.notice(typed.as_ref(), text.as_ref()));
    let (member, wanted) = (staff.member.clone(), id.clone());
    let saved = staff.write_once(&form.token, move |tx| {
        save_in(tx, &member, &wanted, typed.as_ref(), text.as_ref(), then)?;
        Ok(Reply::redirect(paths::admin::post(&wanted)).notice(notice.clone()))
    });
    match saved.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict | Error::AlreadySubmitted) => render_form(&staff, Some(id), form.fields, true).await,
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, Some(id), form.fields, false).await
        }
    }
}

/// Renders the text to publish before the write transaction: `typed`, or the stored draft of post `id`. None if nothing
/// is published.
async fn rendered(
    staff: &PostWriter,
    typed: Option<&PostFormData>,
    id: Option<&str>,
    then: AfterSave,
) -> Result<Option<MarkdownText>> {
    if then != AfterSave::Publish {
        return Ok(None);
    }
    // Check the permission first: rendering costs CPU time.
    let stored = match id.map(str::to_owned) {
        None => check_publish_permission(&staff.member).map(|()| String::new())?,
        Some(id) => {
            let member = staff.member.clone();
            let stored = staff.read(move |conn| {
                let post = Post::find(conn, &id)?;
                post.check_publish_permission(&member)?;
                Ok(post.draft(conn)?.body_md)
            });
            stored.await?
        }
    };
    let source = typed.map_or(stored, |typed| typed.body.clone());
    Ok(Some(staff.visitor.app().render_markdown(source, PicturePolicy::Library, RenderPurpose::Publish, "body").await?))
}

fn save_in(
    tx: &mut Tx<'_>,
    member: &Member,
    id: &str,
    typed: Option<&PostFormData>,
    text: Option<&MarkdownText>,
    then: AfterSave,
) -> Result<()> {
    let post = Post::find(tx.conn(), id)?;
    if let Some(typed) = typed {
        let writing = writing(tx, typed)?;
        post.save_draft(tx, member, typed.lock_version, &writing)?;
    }
    match (then, text) {
        (AfterSave::Publish, Some(text)) => {
            let kind = post.kind(tx.conn())?;
            post.publish(tx, kind, member, text, (public_path_fn(kind), paths::tag)).map(drop)
        }
        (AfterSave::Unpublish, _) => post.unpublish(tx, member),
        _ => Ok(()),
    }
}

/// Stores uploads even if the rest of the form is invalid: the cover's id is then carried in the form.
async fn keep_pictures(staff: &PostWriter, form: &mut Form) -> Result<UploadResult<Media>> {
    let covers = form.files.remove("cover").unwrap_or_default();
    let mut uploaded = uploads::add_to_library(staff, covers.into_iter().take(1).collect()).await?;
    if let Some(cover) = uploaded.pictures.first() {
        let alt = form.fields.value("cover_alt").to_owned();
        form.fields.set("cover_id", cover.public_id.clone());
        form.fields.set("cover_remove", String::new());
        form.fields.set("cover_alt", if alt.is_empty() { cover.alt_text.clone() } else { alt });
    }
    if let Some(message) = &uploaded.error {
        form.fields.add_error("cover", message.clone());
    }
    let more = uploads::add_to_library(staff, form.files.remove("pictures").unwrap_or_default()).await?;
    if let Some(message) = &more.error {
        form.fields.add_error("pictures", message.clone());
    }
    uploaded.extend(more);
    Ok(uploaded)
}

/// Alt text is stored with the post, not with the picture, because other posts may use the same picture.
fn writing(tx: &mut Tx<'_>, typed: &PostFormData) -> Result<DraftInput> {
    let cover = Media::find_by_public_ids(tx.conn(), std::slice::from_ref(&typed.cover))?.into_iter().next();
    Ok(DraftInput {
        title: typed.title.clone(),
        slug: typed.slug.clone(),
        body_md: typed.body.clone(),
        excerpt: typed.excerpt.clone(),
        tags: typed.tags.clone(),
        cover_alt: if cover.is_some() { typed.cover_alt.clone() } else { String::new() },
        cover_id: cover.map(|cover| cover.id),
    })
}

/// Renders the editor with what was typed (422). After a conflict it shows the saved version and takes over its
/// `lock_version`, so that saving again overwrites deliberately.
async fn render_form(staff: &PostWriter, id: Option<String>, mut form: Fields, conflict: bool) -> Result<Reply> {
    let member = staff.member.clone();
    let page = staff.render_page(move |conn, cx| {
        let post = id.map(|id| Post::find(conn, &id)).transpose()?;
        if let Some(post) = &post {
            post.check_edit_permission(&member)?;
            if conflict {
                let draft = post.draft(conn)?;
                let cover = cover_of(conn, &draft)?;
                let mut theirs = fields_of(post, &draft, cover.as_ref());
                // The conflict view already shows the saved title and text.
                for shown in ["title", "body", "cover_id"] {
                    theirs.remove(shown);
                }
                form.record_differences(&theirs);
            }
        }
        editor(conn, cx, post, form, conflict)
    });
    Ok(page.await?.unprocessable())
}

fn editor(conn: &mut Conn, cx: &Context, post: Option<Post>, form: Fields, conflict: bool) -> Result<Edit> {
    let editor = PostEditor {
        cover: Media::find_by_public_ids(conn, &[form.value("cover_id").to_owned()])?.into_iter().next(),
        library: Media::list(conn, &Cursor::first(24))?.items,
        can_publish: cx.has_permission(Permission::PublishPosts),
        post: post.map(|post| edited(conn, post, conflict)).transpose()?,
    };
    Ok(post_editor(editor, form, cx.format()))
}

fn edited(conn: &mut Conn, post: Post, is_conflict: bool) -> Result<EditedPost> {
    let draft = post.draft(conn)?;
    Ok(EditedPost {
        kind: post.kind(conn)?,
        has_unpublished_changes: post.has_unpublished_changes(conn, &draft)?,
        revisions: post.revisions(conn)?,
        is_conflict,
        draft,
        post,
    })
}

fn fields_of(post: &Post, draft: &Draft, cover: Option<&Media>) -> Fields {
    // An unpublished post keeps the slug it was published under.
    let has_address = draft.slug.is_empty() && post.published_at.is_some();
    let slug = if has_address { post.slug.clone() } else { draft.slug.clone() };
    Fields::from_pairs([
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
    Ok(Media::find_by_ids(conn, &[id])?.remove(&id))
}
