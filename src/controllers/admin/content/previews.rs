//! Live preview of a post being edited.

use super::posts::{PostWriter, PostWriterForm};
use crate::app::RenderPurpose;
use crate::controllers::authors::load_author;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::{FormWithFiles, Layout, Reply};
use crate::models::content::media::Media;
use crate::models::content::post::publication;
use crate::presenters::content::post_preview::{WrittenPost, post_preview};
use crate::support::i18n::Message;
use crate::support::markdown::{MarkdownText, PicturePolicy};
use crate::views::blog::posts::Preview;

/// Renders the form in the site's theme without saving anything; 422 if the text exceeds the limits.
pub async fn create(staff: PostWriter, FormWithFiles { form, .. }: PostWriterForm) -> Result<Reply> {
    let (author, author_id) = (staff.member.account.name.clone(), staff.member.account.id);
    let source = form.fields.value("body").to_owned();
    let (text, problem) =
        match staff.visitor.app().render_markdown(source, PicturePolicy::Library, RenderPurpose::Preview, "body").await
        {
            Ok(text) => (text, None),
            Err(Error::Invalid { message, .. }) => (MarkdownText::default(), Some(message)),
            Err(error) => return Err(error),
        };
    let is_invalid = problem.is_some();
    let page = staff.visitor.render_page(Layout::Framed, move |conn, cx| {
        let pictures = publication::find_pictures(conn, &text)?;
        let cover = find_cover(conn, &form.fields)?;
        let translate = |message: Message| message.text(cx.locale());
        let notes = text.rendered().warnings.messages().into_iter().map(translate).collect();
        let preview = Preview { problem: problem.map(translate).unwrap_or_default(), notes };
        let about_author = load_author(conn, author_id)?;
        let written = WrittenPost { text: &text, author, about_author, cover, pictures };
        post_preview(written, &form.fields, preview, cx.locale())
    });
    let reply = page.await?;
    Ok(if is_invalid { reply.unprocessable() } else { reply })
}

fn find_cover(conn: &mut Conn, form: &Fields) -> Result<Option<Media>> {
    if form.has_value("cover_remove", "1") {
        return Ok(None);
    }
    Ok(Media::find_by_public_ids(conn, &[form.value("cover_id").to_owned()])?.into_iter().next())
}
