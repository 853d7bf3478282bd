//! Picture uploads: colour profiles, sizes, formats, and malicious files.

use image::RgbaImage;
use moxcms::ColorProfile;
use tradepost::models::people::account::roles::Role;

use crate::support::pictures::{gif, jpeg, png, png_claiming_size, png_with_profile, rotated_jpeg};
use crate::support::{Browser, Page, TestShop};

async fn upload(owner: &Browser, name: &str, bytes: &[u8]) -> Page {
    owner.get("/admin/pictures").await.form("Upload").attach_file("files", name, bytes).submit().await
}

/// The pixels of the picture stored last.
fn load_newest_picture(shop: &TestShop) -> RgbaImage {
    let (name, ..) = shop.picture_files().into_iter().max_by_key(|(_, _, written)| *written).unwrap();
    let file = std::fs::read(shop.picture_folder().join(name)).unwrap();
    image::load_from_memory(&file).unwrap().into_rgba8()
}

/// Whether two colours are equal but for the rounding of WebP and profiles.
fn is_near(one: [u8; 4], other: [u8; 4]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.abs_diff(other) <= 4)
}

#[actix_web::test]
async fn colours_of_a_profile_are_kept_as_srgb() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    // The sRGB colours (200, 60, 40), (40, 160, 60) and (230, 180, 60) in the wider colour spaces.
    let (p3, adobe) = (ColorProfile::new_display_p3(), ColorProfile::new_adobe_rgb());
    for (profile, named, is_srgb) in [
        (&p3, [187, 72, 51], [200, 60, 40]),
        (&p3, [80, 158, 73], [40, 160, 60]),
        (&p3, [222, 182, 84], [230, 180, 60]),
        (&adobe, [173, 62, 45], [200, 60, 40]),
        (&adobe, [96, 159, 70], [40, 160, 60]),
    ] {
        let [red, green, blue] = is_srgb;
        assert_eq!(upload(&owner, "p.jpg", &jpeg(64, 48, named, Some(profile))).await.status, 200);
        let found = load_newest_picture(&shop).get_pixel(30, 20).0;
        assert!(is_near(found, [red, green, blue, 255]), "JPEG {named:?}: {found:?} for {is_srgb:?}");
        let [r, g, b] = named;
        assert_eq!(upload(&owner, "p.png", &png_with_profile(66, 44, [r, g, b, 128], profile)).await.status, 200);
        let found = load_newest_picture(&shop).get_pixel(30, 20).0;
        assert!(is_near(found, [red, green, blue, 128]), "PNG {named:?}: {found:?} for {is_srgb:?}");
    }
    shop.discard_picture_jobs().await;
}

#[actix_web::test]
async fn a_picture_without_a_profile_or_with_a_broken_one_keeps_its_numbers() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    upload(&owner, "plain.jpg", &jpeg(64, 48, [187, 72, 51], None)).await;
    assert!(is_near(load_newest_picture(&shop).get_pixel(9, 9).0, [187, 72, 51, 255]));
    let mut bytes = jpeg(60, 40, [187, 72, 51], Some(&ColorProfile::new_display_p3()));
    let at = bytes.windows(4).position(|four| four == b"acsp").unwrap();
    bytes[at..at + 4].copy_from_slice(b"xxxx");
    assert_eq!(upload(&owner, "broken.jpg", &bytes).await.status, 200);
    assert!(is_near(load_newest_picture(&shop).get_pixel(9, 9).0, [187, 72, 51, 255]));
    let grey = ColorProfile::new_gray_with_gamma(1.0);
    upload(&owner, "grey.png", &png_with_profile(50, 30, [55, 55, 55, 255], &grey)).await;
    let found = load_newest_picture(&shop).get_pixel(9, 9).0;
    assert!(is_near(found, [55, 55, 55, 255]), "a profile for grey does not fit, and does no harm: {found:?}");
    shop.discard_picture_jobs().await;
}

#[actix_web::test]
async fn photos_of_phones_are_accepted_at_any_size() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for (name, width, height, kept_size) in [
        ("48 megapixels", 8064, 6048, (1920, 1440)),
        ("panorama", 12_001, 800, (1920, 127)),
        ("portrait", 2400, 3000, (1920, 2400)),
        ("just wider than what is kept", 1921, 11, (1920, 10)),
        ("small", 33, 44, (33, 44)),
    ] {
        let page = upload(&owner, "photo.jpg", &jpeg(width, height, [90, 120, 60], None)).await;
        assert_eq!(page.text("[role=status]"), "1 picture uploaded.", "{name}: {}", page.text("main"));
        let (wide, high) = load_newest_picture(&shop).dimensions();
        assert!(wide == kept_size.0 && high.abs_diff(kept_size.1) <= 1, "{name}: {wide} × {high}");
        assert!(is_near(load_newest_picture(&shop).get_pixel(wide / 2, high / 2).0, [90, 120, 60, 255]), "{name}");
    }
    shop.discard_picture_jobs().await;
}

#[actix_web::test]
async fn exif_orientation_is_applied() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for (width, height, kept_size) in [(4200, 2800, (1920, 2880)), (60, 40, (40, 60))] {
        assert_eq!(upload(&owner, "turned.jpg", &rotated_jpeg(width, height)).await.status, 200);
        let picture = load_newest_picture(&shop);
        let (wide, high) = picture.dimensions();
        assert_eq!((wide, high), kept_size);
        // The left half of the file is red; turned to the right, it is above.
        assert!(is_near(picture.get_pixel(wide / 2, high / 5).0, [200, 40, 40, 255]), "above");
        assert!(is_near(picture.get_pixel(wide / 2, high * 4 / 5).0, [40, 40, 200, 255]), "below");
    }
    shop.discard_picture_jobs().await;
}

#[actix_web::test]
async fn a_truncated_jpeg_is_refused() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let whole = jpeg(700, 500, [10, 90, 200], Some(&ColorProfile::new_display_p3()));
    for length in [whole.len() / 2, whole.len() - 2, whole.len() - 1, 300, 20] {
        let page = upload(&owner, "cut.jpg", &whole[..length]).await;
        assert_eq!(page.status, 422, "{length} of {}", whole.len());
        assert!(
            page.field_error("files").contains("This picture is incomplete"),
            "{length}: {}",
            page.field_error("files")
        );
    }
    assert!(shop.picture_files().is_empty());
    let followed = [whole.as_slice(), b"\0\0what a camera adds"].concat();
    assert_eq!(upload(&owner, "followed.jpg", &followed).await.status, 200);
    shop.discard_picture_jobs().await;
}

#[actix_web::test]
async fn r46_unsupported_files_are_refused_with_advice() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let file = |brand: &[u8]| [b"\0\0\0\x20ftyp".as_slice(), brand, b"\0\0\0\0mif1heic"].concat();
    for (name, bytes, words) in [
        ("a.heic", file(b"heic"), "Most Compatible"),
        ("b.heif", file(b"mif1"), "Export it as JPEG"),
        ("c.avif", file(b"avif"), "export it as JPEG, PNG or WebP"),
        ("d.mp4", file(b"isom"), "This is a video"),
        ("e.tif", b"II*\0rest".to_vec(), "TIFF or raw"),
        ("f.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "export it as PNG"),
        ("g.pdf", b"%PDF-1.7".to_vec(), "PDF"),
        ("h.jpg", b"not a picture".to_vec(), "not a picture"),
        ("i.jpg", Vec::new(), "empty"),
    ] {
        let page = upload(&owner, name, &bytes).await;
        assert_eq!(page.status, 422, "{name}");
        assert!(page.field_error("files").contains(words), "{name}: {}", page.field_error("files"));
    }
}

#[actix_web::test]
async fn r45_decompression_bombs_are_refused_and_the_site_keeps_working() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    // Sixteen bits for each of four channels: 320 MB.
    let mut deep = Vec::new();
    let picture = image::ImageBuffer::<image::Rgba<u16>, _>::from_pixel(8000, 5000, image::Rgba([9, 8, 7, 65_535]));
    image::DynamicImage::ImageRgba16(picture)
        .write_to(&mut std::io::Cursor::new(&mut deep), image::ImageFormat::Png)
        .unwrap();
    for (name, bytes) in [
        ("deep.png", deep),
        ("wide.png", png_claiming_size(100_000, 1)),
        ("square.png", png_claiming_size(60_000, 60_000)),
        ("most.png", png_claiming_size(6400, 6300)),
    ] {
        let page = upload(&owner, name, &bytes).await;
        assert_eq!(page.status, 422, "{name}");
        assert!(page.field_error("files").contains("too many pixels"), "{name}: {}", page.field_error("files"));
    }
    assert_eq!(upload(&owner, "good.png", &png(40, 30)).await.text("[role=status]"), "1 picture uploaded.");
    assert_eq!(shop.picture_files().len(), 1, "nothing else was left");
    shop.discard_picture_jobs().await;
}

#[actix_web::test]
async fn uploaders_are_told_that_an_animation_becomes_a_still_picture() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = upload(&owner, "spinner.gif", &gif(3)).await;
    assert_eq!(
        page.text("[role=status]"),
        "1 picture uploaded. Animations become still pictures: spinner.gif.",
        "{}",
        page.text("main")
    );
    let page = upload(&owner, "still.gif", &gif(1)).await;
    assert_eq!(page.text("[role=status]"), "1 picture uploaded.");
    let form = owner.get("/admin/products/new").await.form("Save").fill_all(&[("title", "Lamp"), ("price", "9")]);
    let page = form.attach_file("images", "lamp.gif", &gif(2)).submit().await;
    assert_eq!(page.text("[role=status]"), "Product saved. Animations become still pictures: lamp.gif.");
    let form =
        owner.get("/admin/posts/new").await.form("Save draft").fill_all(&[("title", "Lamps"), ("body", "Text.")]);
    let page = form.attach_file("cover", "cover.gif", &gif(4)).submit().await;
    assert_eq!(page.text("[role=status]"), "Draft saved. Animations become still pictures: cover.gif.");
    shop.discard_picture_jobs().await;
}
