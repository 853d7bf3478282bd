//! What only a real browser can show: scripts, focus, the keyboard. `bin/ci` starts a driver and sets `WEBDRIVER_URL`;
//! `bin/ci fast` and a bare `cargo test` do not, and then these tests return at once.

use tempfile::TempDir;
use thirtyfour::prelude::*;

use crate::support::program::{Server, stocked};

/// A browser at a shop of its own, or nothing where no browser is.
async fn browser() -> Option<(WebDriver, Server, TempDir)> {
    let url = std::env::var("WEBDRIVER_URL").ok()?;
    // The driver's client takes the process's provider, whether it needs one or not; a second test finds it there.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let mut chromium = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        // A click while the page still glides to its button would miss it.
        "--force-prefers-reduced-motion",
        "--window-size=1280,1000",
    ] {
        chromium.add_arg(argument).unwrap();
    }
    let driver = WebDriver::new(url, chromium).await.expect("the browser starts");
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_owned();
    let server = tokio::task::spawn_blocking(move || {
        stocked(&path, None);
        Server::start(&path, None, &[])
    });
    Some((driver, server.await.unwrap(), folder))
}

#[tokio::test(flavor = "multi_thread")]
async fn adding_to_the_cart_changes_its_count_without_leaving_the_page() -> WebDriverResult<()> {
    let Some((driver, server, _folder)) = browser().await else { return Ok(()) };
    driver.goto(format!("http://{}/products/mug", server.address)).await?;
    driver.find(By::XPath("//button[normalize-space()='Add to cart']")).await?.click().await?;
    let counted = driver.query(By::Css("#cart-link[aria-label='Cart, 1 item']")).first().await;
    assert!(counted.is_ok(), "the count did not change");
    assert!(driver.current_url().await?.path().starts_with("/products/"), "the script left the page");

    driver.goto(format!("http://{}/checkout", server.address)).await?;
    for (name, typed) in [
        ("email", "ada@lovelace.example"),
        ("name", "Ada Lovelace"),
        ("line1", "Torstraße 1"),
        ("postcode", "10119"),
        ("city", "Berlin"),
    ] {
        driver.find(By::Name(name)).await?.send_keys(typed).await?;
    }
    driver.find(By::XPath("//button[starts-with(normalize-space(), 'Order and pay')]")).await?.click().await?;
    let number = driver.query(By::Css("[data-order-number]")).first().await?;
    assert_eq!(number.text().await?, "1001");
    driver.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_skips_to_the_content() -> WebDriverResult<()> {
    let Some((driver, server, _folder)) = browser().await else { return Ok(()) };
    driver.goto(format!("http://{}/shop", server.address)).await?;
    driver.action_chain().send_keys(Key::Tab).perform().await?;
    let focused = driver.active_element().await?;
    assert_eq!(focused.text().await?, "Skip to content");
    driver.action_chain().send_keys(Key::Enter).perform().await?;
    assert_eq!(driver.active_element().await?.attr("id").await?.as_deref(), Some("main"));
    driver.quit().await
}
