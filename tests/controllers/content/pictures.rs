//! Pictures from the upload to all their sizes and formats.

use actix_web::http::Method;
use jiff::SignedDuration;
use tradepost::jobs::{pictures, worker};
use tradepost::models::content::media::{Media, RenditionStage};
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::job::{MAX_ATTEMPTS, Queue, QueuedJob};
use tradepost::support::pagination::Cursor;

use crate::support::pictures::{detailed_png, png, png_claiming_size};
use crate::support::{Browser, Page, TestShop, fill_checkout};

/// Uploads a picture to the library.
async fn upload(owner: &Browser, name: &str, bytes: &[u8]) -> Page {
    owner.get("/admin/pictures").await.form("Upload").attach_file("files", name, bytes).submit().await
}

/// The newest picture.
async fn newest(shop: &TestShop) -> Media {
    shop.read(|conn| Ok(Media::list(conn, &Cursor::first(1))?.items.remove(0))).await
}

/// The addresses and widths of a `srcset`.
fn candidates(srcset: &str) -> (Vec<String>, Vec<String>) {
    srcset.split(", ").map(|one| one.split_once(' ').unwrap()).map(|(to, w)| (to.to_owned(), w.to_owned())).unzip()
}

#[actix_web::test]
async fn a_picture_is_usable_at_once_and_gets_its_renditions_later() {
    let shop = TestShop::new().await;
    let (owner, reader) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    let page = owner.get("/admin/products/new").await;
    let form = page.form("Save").fill_all(&[("title", "Kettle"), ("price", "49"), ("stock", "1")]);
    let page =
        form.choose("status", "active").attach_file("images", "kettle.png", &detailed_png(350, 80)).submit().await;
    assert_eq!(page.text("[role=status]"), "Product saved.");

    let before = reader.get("/products/kettle").await;
    let (addresses, widths) = candidates(&before.attr("main img", "srcset").unwrap());
    assert_eq!(widths, ["350w"]);
    assert_eq!(before.attr("main img", "src").as_ref(), addresses.first());
    assert!(!before.has("picture"));
    assert_eq!(reader.get(&addresses[0]).await.status, 200);

    shop.run_jobs().await;
    let after = reader.get("/products/kettle").await;
    let (webp, widths) = candidates(&after.attr("main picture > img", "srcset").unwrap());
    assert_eq!(widths, ["320w", "350w"]);
    assert_eq!(after.attr("main picture > source", "type").as_deref(), Some("image/avif"));
    let sizes = after.attr("main picture > img", "sizes");
    assert_eq!(after.attr("main picture > source", "sizes"), sizes);
    let (avif, widths) = candidates(&after.attr("main picture > source", "srcset").unwrap());
    assert_eq!(widths, ["320w", "350w"]);
    for (kind, address) in webp.iter().map(|to| ("image/webp", to)).chain(avif.iter().map(|to| ("image/avif", to))) {
        let whole = reader.get(address).await;
        assert_eq!((whole.status, whole.header("content-type")), (200, Some(kind)), "{address}");
        assert_eq!(whole.header("cache-control"), Some("public, max-age=31536000, immutable"));
        let tag = whole.header("etag").unwrap();
        let again = reader.send(Method::GET, address, &[("if-none-match", tag)], Vec::new()).await;
        assert_eq!(again.status, 304, "{address}");
        let part = reader.send(Method::GET, address, &[("range", "bytes=0-9")], Vec::new()).await;
        assert_eq!((part.status, part.body.as_slice()), (206, &whole.body[..10]), "{address}");
    }
    for (webp, avif) in webp.iter().zip(&avif) {
        assert!(reader.get(avif).await.body.len() < reader.get(webp).await.body.len(), "{avif}");
    }
    let shared = after.attr("meta[property='og:image']", "content").unwrap();
    assert!(shared.ends_with(".webp"), "{shared}");
    let bytes: u64 = shop.picture_files().iter().map(|(_, bytes, _)| bytes).sum();
    let media = newest(&shop).await;
    assert_eq!((media.rendition_stage, media.byte_size), (RenditionStage::Avif, i64::try_from(bytes).unwrap()));
    assert_eq!(shop.picture_files().len(), 4);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn posts_and_previews_use_renditions_made_later() {
    let shop = TestShop::new().await;
    let (owner, reader) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    upload(&owner, "drum.png", &detailed_png(350, 80)).await;
    let id = newest(&shop).await.public_id;
    let text = format!("Look:\n\n![A drum & \"more\"](media:{id} \"In use\")");
    let page = owner.get("/admin/posts/new").await.form("Publish");
    let page = page.fill_all(&[("title", "Drums"), ("body", &text)]).submit().await;
    assert_eq!(page.text("[role=status]"), "Post published.");
    let page_after = reader.get("/blog/drums").await;
    assert_eq!(page_after.texts("article figcaption"), ["In use"]);
    assert_eq!(page_after.attr("article figure img", "alt").as_deref(), Some("A drum & \"more\""));
    assert!(
        page_after.attr("article figure img", "srcset").unwrap().ends_with(" 350w")
            && !page_after.has("article source")
    );

    shop.run_jobs().await;
    for page_after in [reader.get("/blog/drums").await, page.form("Preview").submit().await] {
        let (_, widths) = candidates(&page_after.attr("article figure picture > img", "srcset").unwrap());
        assert_eq!(widths, ["320w", "350w"]);
        assert_eq!(page_after.attr("article figure source", "type").as_deref(), Some("image/avif"));
        assert_eq!(page_after.texts("article figcaption"), ["In use"]);
    }
    let feed = String::from_utf8(reader.get("/blog/feed.atom").await.body).unwrap();
    assert!(feed.contains("320w, http://127.0.0.1/media/") && !feed.contains("avif") && !feed.contains("picture"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn renditions_are_made_once_and_a_killed_job_resumes() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    upload(&owner, "drum.png", &detailed_png(350, 80)).await;
    let media = newest(&shop).await;
    assert_eq!((media.rendition_stage, shop.picture_files().len()), (RenditionStage::Largest, 1));
    // The widths were made, and the process died before it recorded them.
    shop.app.pictures.make_widths(&media.sha256, media.max_width()).unwrap();
    let made = shop.picture_files();
    assert_eq!(made.len(), 2);
    shop.run_jobs().await;
    let (files, row) = (shop.picture_files(), newest(&shop).await);
    assert!(made.iter().all(|file| files.contains(file)), "what was there was not made again");
    assert_eq!((row.rendition_stage, files.len()), (RenditionStage::Avif, 4));

    pictures::generate_sizes(&shop.app, media.id).await.unwrap();
    shop.write(move |tx| media.record_widths(tx, 1)).await;
    let again = newest(&shop).await;
    assert_eq!(
        (again.rendition_stage, again.byte_size, again.widths),
        (row.rendition_stage, row.byte_size, row.widths)
    );
    assert_eq!(shop.picture_files(), files);
    assert!(upload(&owner, "again.png", &detailed_png(350, 80)).await.has("[role=status]"));
    shop.run_jobs().await;
    assert_eq!(shop.picture_files(), files, "the same picture is there already");
}

#[actix_web::test]
async fn avif_that_is_not_smaller_is_omitted() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    upload(&owner, "dot.png", &png(8, 8)).await;
    shop.run_jobs().await;
    let media = newest(&shop).await;
    assert_eq!(
        (media.rendition_stage, media.widths.as_str(), shop.picture_files().len()),
        (RenditionStage::WebpOnly, "8", 1)
    );
    assert!(!owner.get(&format!("/admin/pictures/{}", media.public_id)).await.has("picture"));
}

#[actix_web::test]
async fn emails_do_not_wait_for_pictures() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (owner, ada) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    upload(&owner, "drum.png", &detailed_png(350, 80)).await;
    shop.advance_clock(SignedDuration::from_secs(1));
    ada.add_to_cart(&mug, 1).await;
    fill_checkout(&ada, "bank_transfer").await.submit().await;
    while worker::run_next(&shop.app, Queue::Rendering).await.unwrap() {}
    assert_eq!((shop.outbox_summary().await.len(), newest(&shop).await.rendition_stage), (2, RenditionStage::Largest));
    shop.run_jobs().await;
    assert_eq!(newest(&shop).await.rendition_stage, RenditionStage::Avif);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_deleted_picture_needs_no_renditions() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    upload(&owner, "drum.png", &png(40, 30)).await;
    let path = format!("/admin/pictures/{}", newest(&shop).await.public_id);
    let page = owner.get(&path).await.form("Delete picture").submit().await;
    assert_eq!(page.text("[role=status]"), "Picture deleted.");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_picture_whose_renditions_fail_is_shown_to_staff() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    upload(&owner, "drum.png", &detailed_png(350, 80)).await;
    let (name, ..) = shop.picture_files().remove(0);
    let (here, away) = (shop.picture_folder().join(&name), shop.picture_folder().join("away"));
    std::fs::rename(&here, &away).unwrap();
    for _ in 0..MAX_ATTEMPTS {
        shop.run_jobs().await;
        shop.advance_clock(SignedDuration::from_mins(61));
    }
    std::fs::rename(&away, &here).unwrap();
    let owner = shop.log_in_as(Role::Admin).await;
    let page = owner.get("/admin/attention").await;
    assert!(page.text("tbody").contains("Resizing a picture"), "{}", page.text("main"));
    let path = format!("/admin/pictures/{}", newest(&shop).await.public_id);
    let page_after = owner.get(&path).await.attr("main img", "src").unwrap();
    assert_eq!(owner.get(&page_after).await.status, 200, "it shows all the same");
    assert_eq!(page.form("Try again").submit().await.text("[role=status]"), "Trying again.");
    shop.run_jobs().await;
    assert_eq!(newest(&shop).await.rendition_stage, RenditionStage::Avif);
    let given_up = shop.read(QueuedJob::count_dead).await;
    assert_eq!(given_up, 0);
}

#[actix_web::test]
async fn files_that_are_not_pictures_are_refused_beside_their_field() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let avif_head = b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf";
    for (name, bytes, words) in [
        ("cut.png", &png(400, 400)[..200], "This picture is damaged and cannot be read. Please save it again."),
        ("huge.png", &png_claiming_size(20_000, 20_000), "too many pixels"),
        ("new.avif", avif_head, "Please export it as JPEG, PNG or WebP"),
    ] {
        let page = upload(&owner, name, bytes).await;
        assert_eq!(page.status, 422, "{name}");
        assert!(page.field_error("files").contains(words), "{name}: {}", page.field_error("files"));
        let form = owner.get("/admin/posts/new").await.form("Save draft");
        let form = form.fill_all(&[("title", "Drums"), ("body", "Kept.")]).attach_file("cover", name, bytes);
        let page = form.submit().await;
        assert_eq!((page.status, page.field_value("body").as_str()), (422, "Kept."), "{name}");
        assert!(page.field_error("cover").contains(words), "{name}: {}", page.field_error("cover"));
    }
    assert!(shop.picture_files().is_empty());
}
