//! Posts: the list and the editor.

use crate::app::RenderPurpose;
use crate::controllers::admin::uploads::{self, UploadResult};
use crate::controllers::admin::{ListQuery, add_model_error, busy_to_invalid};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::content::posts::{PostForm, PostFormData};
use crate::http::guards::needs;
use crate::http::resource_path::PostPath;
use crate::http::{AdminRequest, Context, Form, FormWithFiles, Reply, Staff};
use crate::models::content::media::Media;
use crate::models::content::post::drafts::{Draft, DraftInput};
use crate::models::content::post::publication::check_publish_permission;
use crate::models::content::post::{Post, PostKind, PostStatus};
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterSave {
    Stay,
    Publish,
    Unpublish,
}

impl AfterSave {
    fn notice(self, data: Option<&PostFormData>, text: Option<&MarkdownText>) -> Message {
        let done = match self {
            AfterSave::Stay => Message::DraftSaved,
            AfterSave::Publish => Message::PostPublished,
            AfterSave::Unpublish => Message::PostUnpublished,
        };
        let duplicates = data.map(|data| data.duplicate_tags.as_slice()).unwrap_or_default();
        let tags_dropped = Message::DuplicateTagsDropped { tags: duplicates.join(", ") };
        let warnings = text.map(|text| text.rendered().warnings.messages()).unwrap_or_default();
        (!duplicates.is_empty()).then_some(tags_dropped).into_iter().chain(warnings).fold(done, Message::then)
    }
}

pub async fn index(admin: AdminRequest<needs::WritePosts>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let list = ListQuery::from_context(cx);
            let status = match list.tab.as_str() {
                "published" => Some(PostStatus::Published),
                "drafts" => Some(PostStatus::Draft),
                _ => None,
            };
            let rows = Post::list_for_admin(conn, status, &list.search_words(), &list.cursor)?;
            let ids: Vec<_> = rows.items.iter().map(|(post, ..)| post.id).collect();
            let tags = Tag::for_posts(conn, &ids)?;
            let rows = rows.map(|listing| post_row(listing, &tags, cx.format()));
            let counts = Counts {
                all: Post::count(conn, None)?,
                published: Post::count(conn, Some(PostStatus::Published))?,
                drafts: Post::count(conn, Some(PostStatus::Draft))?,
            };
            Ok(Index { t: cx.locale(), tab: list.tab, counts, q: list.q, rows })
        })
        .await
}

pub async fn new(admin: AdminRequest<needs::WritePosts>) -> Result<Reply> {
    let form = Fields::from_pairs([("lock_version", "0".to_owned())]);
    admin.render_page(move |conn, cx| build_editor(conn, cx, None, form, false)).await
}

pub async fn create(staff: PostWriter, FormWithFiles { mut form, .. }: PostWriterForm) -> Result<Reply> {
    let uploaded = store_pictures(&staff, &mut form).await?;
    let Some(data) = form.fields.check::<PostForm>() else {
        return render_form(&staff, None, form.fields, false).await;
    };
    let then = if data.publish { AfterSave::Publish } else { AfterSave::Stay };
    let text = match render_text(&staff, Some(&data), None, then).await {
        Ok(text) => text,
        Err(error) => {
            add_model_error(&mut form.fields, busy_to_invalid(error))?;
            return render_form(&staff, None, form.fields, false).await;
        }
    };
    let notice = uploaded.notice(then.notice(Some(&data), text.as_ref()));
    let member = staff.member.clone();
    let created = staff.write_once(&form.token, move |tx| {
        let input = load_draft_input(tx, &data)?;
        let mut post = Post::create_draft(tx, PostKind::Post, &member, &input)?;
        if let Some(text) = &text {
            post = post.publish(tx, PostKind::Post, &member, text, (paths::post, paths::tag))?;
        }
        Ok(Reply::redirect(paths::admin::post(&post.public_id)).notice(notice.clone()))
    });
    match created.await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, None, form.fields, false).await
        }
    }
}

pub async fn edit(admin: AdminRequest<needs::WritePosts>, path: PostPath) -> Result<Reply> {
    admin
        .render_page(move |conn, cx| {
            let post = path.load(conn)?;
            post.check_edit_permission(cx.require_member()?)?;
            let draft = post.draft(conn)?;
            let cover = load_cover(conn, &draft)?;
            let form = post_fields(&post, &draft, cover.as_ref());
            build_editor(conn, cx, Some(post), form, false)
        })
        .await
}

pub async fn update(staff: PostWriter, path: PostPath, FormWithFiles { form, .. }: PostWriterForm) -> Result<Reply> {
    save(staff, path, form, AfterSave::Stay).await
}

/// Saves, and publishes or unpublishes in the same transaction; a form without a title field changes no text.
pub(super) async fn save(staff: PostWriter, path: PostPath, mut form: Form, then: AfterSave) -> Result<Reply> {
    let mut uploaded = UploadResult::default();
    let data = if form.fields.values("title").is_empty() && then != AfterSave::Stay {
        None
    } else {
        uploaded = store_pictures(&staff, &mut form).await?;
        match form.fields.check::<PostForm>() {
            None => return render_form(&staff, Some(path), form.fields, false).await,
            data => data,
        }
    };
    let text = match render_text(&staff, data.as_ref(), Some(&path), then).await {
        Ok(text) => text,
        // A single button has no form to render again.
        Err(error) if data.is_none() => return Err(error),
        Err(error) => {
            add_model_error(&mut form.fields, busy_to_invalid(error))?;
            return render_form(&staff, Some(path), form.fields, false).await;
        }
    };
    let notice = uploaded.notice(then.notice(data.as_ref(), text.as_ref()));
    let (member, post_path) = (staff.member.clone(), path.clone());
    let saved = staff.write_once(&form.token, move |tx| {
        save_post(tx, &member, &post_path, data.as_ref(), text.as_ref(), then)?;
        Ok(Reply::redirect(paths::admin::post(&post_path.id)).notice(notice.clone()))
    });
    match saved.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict | Error::AlreadySubmitted) => render_form(&staff, Some(path), form.fields, true).await,
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, Some(path), form.fields, false).await
        }
    }
}

/// Renders the text to publish before the write transaction: that of `data`, or else of the stored draft.
async fn render_text(
    staff: &PostWriter,
    data: Option<&PostFormData>,
    path: Option<&PostPath>,
    then: AfterSave,
) -> Result<Option<MarkdownText>> {
    if then != AfterSave::Publish {
        return Ok(None);
    }
    // Check the permission first: rendering costs CPU time.
    let stored = match path.cloned() {
        None => check_publish_permission(&staff.member).map(|()| String::new())?,
        Some(path) => {
            let member = staff.member.clone();
            let stored = staff.read(move |conn| {
                let post = path.load(conn)?;
                post.check_publish_permission(&member)?;
                Ok(post.draft(conn)?.body_md)
            });
            stored.await?
        }
    };
    let source = data.map_or(stored, |data| data.body.clone());
    Ok(Some(staff.visitor.app().render_markdown(source, PicturePolicy::Library, RenderPurpose::Publish, "body").await?))
}

fn save_post(
    tx: &mut Tx<'_>,
    member: &Member,
    path: &PostPath,
    data: Option<&PostFormData>,
    text: Option<&MarkdownText>,
    then: AfterSave,
) -> Result<()> {
    let post = path.load(tx.conn())?;
    if let Some(data) = data {
        let input = load_draft_input(tx, data)?;
        post.save_draft(tx, member, data.lock_version, &input)?;
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
async fn store_pictures(staff: &PostWriter, form: &mut Form) -> Result<UploadResult<Media>> {
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
fn load_draft_input(tx: &mut Tx<'_>, data: &PostFormData) -> Result<DraftInput> {
    let cover = Media::find_by_public_ids(tx.conn(), std::slice::from_ref(&data.cover))?.into_iter().next();
    Ok(DraftInput {
        title: data.title.clone(),
        slug: data.slug.clone(),
        body_md: data.body.clone(),
        excerpt: data.excerpt.clone(),
        tags: data.tags.clone(),
        cover_alt: if cover.is_some() { data.cover_alt.clone() } else { String::new() },
        cover_id: cover.map(|cover| cover.id),
    })
}

/// Renders the editor with what was typed (422). A conflict shows the saved version and takes over its `lock_version`.
async fn render_form(staff: &PostWriter, path: Option<PostPath>, mut form: Fields, is_conflict: bool) -> Result<Reply> {
    let page = staff.render_page(move |conn, cx| {
        let post = path.map(|path| path.load(conn)).transpose()?;
        if let Some(post) = &post {
            post.check_edit_permission(cx.require_member()?)?;
            if is_conflict {
                let draft = post.draft(conn)?;
                let cover = load_cover(conn, &draft)?;
                let mut saved = post_fields(post, &draft, cover.as_ref());
                // The conflict view already shows the saved title and text.
                for field in ["title", "body", "cover_id"] {
                    saved.remove(field);
                }
                form.record_differences(&saved);
            }
        }
        build_editor(conn, cx, post, form, is_conflict)
    });
    Ok(page.await?.unprocessable())
}

fn build_editor(conn: &mut Conn, cx: &Context, post: Option<Post>, form: Fields, is_conflict: bool) -> Result<Edit> {
    let editor = PostEditor {
        cover: Media::find_by_public_ids(conn, &[form.value("cover_id").to_owned()])?.into_iter().next(),
        library: Media::list(conn, &Cursor::first(24))?.items,
        can_publish: cx.has_permission(Permission::PublishPosts),
        post: post.map(|post| load_edited_post(conn, post, is_conflict)).transpose()?,
    };
    Ok(post_editor(editor, form, cx.format()))
}

fn load_edited_post(conn: &mut Conn, post: Post, is_conflict: bool) -> Result<EditedPost> {
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

fn post_fields(post: &Post, draft: &Draft, cover: Option<&Media>) -> Fields {
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

fn load_cover(conn: &mut Conn, draft: &Draft) -> Result<Option<Media>> {
    let Some(id) = draft.cover_id else { return Ok(None) };
    Ok(Media::find_by_ids(conn, &[id])?.remove(&id))
}
