//! Tests that need a real browser: scripts, focus, keyboard. `bin/ci` starts a driver and sets `WEBDRIVER_URL`;
//! `bin/ci fast` and a bare `cargo test` do not, and these tests are skipped.

use tempfile::TempDir;
use thirtyfour::prelude::*;

use crate::support::program::{Server, command, run_with_input, seed_stocked_shop};

/// A browser on a new shop; `None` without a WebDriver.
async fn browser() -> Option<(WebDriver, Server, TempDir)> {
    let url = std::env::var("WEBDRIVER_URL").ok()?;
    // The WebDriver client needs a default TLS provider; it may be installed already.
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
        // A click during smooth scrolling would miss the button.
        "--force-prefers-reduced-motion",
        "--window-size=1280,1000",
    ] {
        chromium.add_arg(argument).unwrap();
    }
    let driver = WebDriver::new(url, chromium).await.expect("the browser starts");
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_owned();
    let server = tokio::task::spawn_blocking(move || {
        seed_stocked_shop(&path, None);
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
    // Leaving the postcode field replaces the totals and the button.
    driver.action_chain().send_keys(Key::Tab).perform().await?;
    driver.query(By::Css("#totals:not([aria-busy])")).first().await?;
    driver.find(By::XPath("//button[starts-with(normalize-space(), 'Order and pay')]")).await?.click().await?;
    let number = driver.query(By::Css("[data-order-number]")).first().await?;
    assert_eq!(number.text().await?, "1001");
    driver.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_skip_link_works() -> WebDriverResult<()> {
    let Some((driver, server, _folder)) = browser().await else { return Ok(()) };
    driver.goto(format!("http://{}/shop", server.address)).await?;
    driver.action_chain().send_keys(Key::Tab).perform().await?;
    let focused = driver.active_element().await?;
    assert_eq!(focused.text().await?, "Skip to content");
    driver.action_chain().send_keys(Key::Enter).perform().await?;
    assert_eq!(driver.active_element().await?.attr("id").await?.as_deref(), Some("main"));
    driver.quit().await
}

/// Sets the viewport, in CSS pixels.
async fn screen(driver: &WebDriver, width: u32, height: u32) -> WebDriverResult<()> {
    let size = serde_json::json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    driver.cdp().send_raw("Emulation.setDeviceMetricsOverride", size).await?;
    Ok(())
}

/// Creates an owner and logs in.
async fn log_in(driver: &WebDriver, server: &Server, folder: &TempDir) -> WebDriverResult<()> {
    const PASSWORD: &str = "harbour seven lanterns";
    let arguments =
        ["account", "create", "--email", "o@o.example", "--name", "Olga", "--role", "owner", "--password-stdin"];
    let path = folder.path().to_owned();
    let made = tokio::task::spawn_blocking(move || run_with_input(command(&path, None, &arguments), PASSWORD));
    assert!(made.await.unwrap().status.success());
    driver.goto(format!("http://{}/login", server.address)).await?;
    driver.find(By::Name("email")).await?.send_keys("o@o.example").await?;
    driver.find(By::Name("password")).await?.send_keys(PASSWORD).await?;
    driver.find(By::Css("main form button.strong")).await?.click().await?;
    driver.query(By::Css(".owner-bar, .admin")).first().await?;
    Ok(())
}

/// The result of a script, as JSON.
async fn found(driver: &WebDriver, script: &str) -> WebDriverResult<serde_json::Value> {
    Ok(driver.execute(script, Vec::new()).await?.json().clone())
}

/// Whether the centre of the element is visible and clickable.
async fn is_visible(driver: &WebDriver, css: &str) -> WebDriverResult<bool> {
    let script = format!(
        "const one = document.querySelector('{css}'); if (!one) return false; const r = one.getBoundingClientRect(); \
         const at = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2); return r.height > 0 && one.contains(at);"
    );
    Ok(found(driver, &script).await? == true)
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_the_add_to_cart_message_is_visible_and_replaces_an_earlier_error() -> WebDriverResult<()> {
    let Some((driver, server, _folder)) = browser().await else { return Ok(()) };
    for (width, height) in [(390, 844), (360, 640)] {
        screen(&driver, width, height).await?;
        driver.goto(format!("http://{}/products/mug", server.address)).await?;
        found(
            &driver,
            "document.querySelector('#quantity').removeAttribute('max'); \
            document.querySelector('#quantity').value = '999999'; document.querySelector('#buy').noValidate = true;",
        )
        .await?;
        driver.find(By::XPath("//button[normalize-space()='Add to cart']")).await?.click().await?;
        driver.query(By::Css("#buy .problems")).first().await?;
        assert!(is_visible(&driver, "#buy .problems h2").await?, "{width}: the refusal is out of sight");
        assert_eq!(found(&driver, "return document.activeElement.className").await?, "problems", "{width}");

        found(&driver, "document.querySelector('#quantity').value = '1';").await?;
        driver.find(By::XPath("//button[normalize-space()='Add to cart']")).await?.click().await?;
        driver.query(By::Css("#added .notice")).first().await?;
        assert!(is_visible(&driver, "#added a").await?, "{width}: the answer is out of sight");
        assert_eq!(
            found(&driver, "return document.querySelectorAll('.problems, .error, [aria-invalid]').length").await?,
            0
        );
        let announced = found(
            &driver,
            "const one = document.querySelector('#added'); \
            return [one.getAttribute('role'), one.querySelectorAll('[role]').length]",
        )
        .await?;
        assert_eq!(announced, serde_json::json!(["status", 0]), "one live region, which was there before");
    }
    driver.quit().await
}

/// Focuses each focusable element; returns those that are fully covered.
const COVERED: &str = "
const covered = [];
for (const one of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')) {
  if (one.disabled || one.type === 'hidden' || !one.checkVisibility({ visibilityProperty: true }) || one.closest('[popover]:not(:popover-open)')) continue;
  one.focus({ preventScroll: false });
  if (document.activeElement !== one) continue;
  const r = one.getBoundingClientRect();
  if (r.width < 2 || r.height < 2) continue;
  const inside = (x, y) => { const at = document.elementFromPoint(x, y); return at && (one.contains(at) || at.contains(one) || one.labels?.[0]?.contains(at)) && at !== document.body; };
  const steps = [0.1, 0.3, 0.5, 0.7, 0.9];
  const seen = steps.some((a) => steps.some((b) => inside(r.x + r.width * a, r.y + r.height * b)));
  if (!seen) covered.push((one.name || one.textContent || one.ariaLabel || one.tagName).trim().slice(0, 30) + ' at ' + Math.round(r.y));
}
return covered;";

#[tokio::test(flavor = "multi_thread")]
async fn focused_elements_are_never_covered() -> WebDriverResult<()> {
    let Some((driver, server, folder)) = browser().await else { return Ok(()) };
    log_in(&driver, &server, &folder).await?;
    let at = |path: &str| format!("http://{}{path}", server.address);
    driver.goto(at("/admin/products")).await?;
    let product = driver.find(By::Css("tbody th a")).await?.attr("href").await?.unwrap_or_default();
    let pages = ["/products/mug", "/cart", "/admin/posts/new", "/admin/settings", "/admin/discounts/new", &product];
    // A phone, a page at 400 % (WCAG 1.4.10), a laptop.
    for (width, height) in [(390, 844), (320, 256), (1280, 800)] {
        screen(&driver, width, height).await?;
        for page in pages {
            driver.goto(at(page)).await?;
            let covered = found(&driver, COVERED).await?;
            assert_eq!(covered, serde_json::json!([]), "{page} at {width} × {height}");
        }
    }
    driver.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_shows_the_preview_beside_the_text() -> WebDriverResult<()> {
    let Some((driver, server, folder)) = browser().await else { return Ok(()) };
    log_in(&driver, &server, &folder).await?;
    screen(&driver, 1280, 800).await?;
    driver.goto(format!("http://{}/admin/posts/new", server.address)).await?;
    let height = found(&driver, "return document.querySelector('textarea[name=body]').offsetHeight").await?;
    assert!(height.as_u64().unwrap() >= 380, "the box is {height} px high");
    driver.find(By::Name("title")).await?.send_keys("Harbour news").await?;
    driver.find(By::Name("body")).await?.send_keys("A **small** boat.").await?;
    driver.find(By::XPath("//button[normalize-space()='Preview']")).await?.click().await?;
    let script = "const f = document.querySelector('iframe.preview'); \
        return f.contentDocument.querySelector('.prose strong')?.textContent ?? ''";
    for _ in 0..100 {
        if found(&driver, script).await? == "small" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(found(&driver, script).await?, "small");
    let scripts = "return document.querySelector('iframe.preview').contentDocument.querySelectorAll('script').length";
    assert_eq!(found(&driver, scripts).await?, 0, "the frame runs none, and the browser complains of each");
    assert!(is_visible(&driver, "iframe.preview").await?, "the preview is out of sight");
    driver.quit().await
}

/// A device that makes passkeys and verifies its user, and the shop's address.
struct PasskeyDevice {
    id: serde_json::Value,
    origin: String,
}

impl PasskeyDevice {
    /// Whether somebody touches the device as soon as it is asked.
    async fn set_presence(&self, driver: &WebDriver, enabled: bool) -> WebDriverResult<()> {
        let settings = serde_json::json!({ "authenticatorId": self.id, "enabled": enabled });
        driver.cdp().send_raw("WebAuthn.setAutomaticPresenceSimulation", settings).await?;
        Ok(())
    }
}

/// A browser with such a device, on a shop at `localhost`.
async fn browser_with_authenticator() -> Option<(WebDriver, Server, TempDir, PasskeyDevice)> {
    let (driver, mut server, folder) = browser().await?;
    // Passkeys need a domain, so the site must know itself by that name.
    server.stop();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (origin, path) = (format!("http://localhost:{port}"), folder.path().to_owned());
    let base_url = origin.clone();
    let server = tokio::task::spawn_blocking(move || {
        let bind = format!("127.0.0.1:{port}");
        Server::start(&path, None, &["serve", "--bind", &bind, "--base-url", &base_url])
    });
    let options = serde_json::json!({ "options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
        "isUserVerified": true, "automaticPresenceSimulation": true,
    } });
    driver.cdp().send_raw("WebAuthn.enable", serde_json::json!({})).await.unwrap();
    let added = driver.cdp().send_raw("WebAuthn.addVirtualAuthenticator", options).await.unwrap();
    let device = PasskeyDevice { id: added["authenticatorId"].clone(), origin };
    Some((driver, server.await.unwrap(), folder, device))
}

const OWNER_PASSWORD: &str = "harbour seven lanterns";

/// Fills in the log-in page.
async fn enter_password(driver: &WebDriver, origin: &str) -> WebDriverResult<()> {
    driver.goto(format!("{origin}/login")).await?;
    driver.find(By::Name("email")).await?.send_keys("o@o.example").await?;
    driver.find(By::Name("password")).await?.send_keys(OWNER_PASSWORD).await?;
    driver.find(By::XPath("//main//form[not(@data-passkey)]//button[@type='submit']")).await?.click().await
}

/// R20: registered with a verified user, used alone and as the second step, renamed and removed.
#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_added_and_logs_in() -> WebDriverResult<()> {
    let Some((driver, _server, folder, device)) = browser_with_authenticator().await else { return Ok(()) };
    let origin = device.origin.clone();
    let arguments =
        ["account", "create", "--email", "o@o.example", "--name", "Olga", "--role", "owner", "--password-stdin"];
    let path = folder.path().to_owned();
    let made = tokio::task::spawn_blocking(move || run_with_input(command(&path, None, &arguments), OWNER_PASSWORD));
    assert!(made.await.unwrap().status.success());
    enter_password(&driver, &origin).await?;
    driver.query(By::Css(".staff-bar, .owner-bar, .admin, form[action='/account/two-factor/setup']")).first().await?;

    driver.goto(format!("{origin}/account/passkeys")).await?;
    assert!(!is_visible(&driver, "[data-passkey-none]").await?);
    driver.find(By::Name("name")).await?.send_keys("Phone").await?;
    driver.find(By::XPath("//button[normalize-space()='Add a passkey']")).await?.click().await?;
    driver.query(By::Css(".recovery-codes code")).first().await?;
    driver.goto(format!("{origin}/account/passkeys")).await?;
    assert!(driver.find(By::Css("[data-passkey-row]")).await?.text().await?.contains("Phone"));

    // Alone: by the button, or by autofill, which the device may answer at once.
    driver.delete_all_cookies().await?;
    driver.goto(format!("{origin}/login")).await?;
    if let Ok(button) = driver.find(By::Css("form[data-passkey]:not([hidden]) button")).await {
        button.click().await.ok();
    }
    driver.query(By::Css(".staff-bar, .owner-bar, .admin")).first().await?;

    // As the second step. The device must not answer the autofill of the log-in page.
    driver.delete_all_cookies().await?;
    device.set_presence(&driver, false).await?;
    enter_password(&driver, &origin).await?;
    let button = driver.query(By::XPath("//button[normalize-space()='Use a passkey']")).first().await?;
    device.set_presence(&driver, true).await?;
    button.click().await?;
    driver.query(By::Css(".staff-bar, .owner-bar, .admin")).first().await?;

    driver.goto(format!("{origin}/account/passkeys")).await?;
    let row = driver.find(By::Css("[data-passkey-row]")).await?;
    assert!(row.text().await?.contains("Last used on"), "{}", row.text().await?);
    row.find(By::Css("a")).await?.click().await?;
    let name = driver.query(By::Name("name")).first().await?;
    name.clear().await?;
    name.send_keys("Tablet").await?;
    driver.find(By::XPath("//main//button[normalize-space()='Save']")).await?.click().await?;
    let row = driver.query(By::Css("[data-passkey-row]")).first().await?;
    assert!(row.text().await?.contains("Tablet"));
    row.find(By::Css("a")).await?.click().await?;
    driver.query(By::XPath("//button[normalize-space()='Remove this passkey']")).first().await?.click().await?;
    driver.query(By::Css("[role=status]")).first().await?;
    driver.goto(format!("{origin}/account/passkeys")).await?;
    assert!(driver.find(By::Css("[data-passkey-row]")).await.is_err());
    driver.quit().await
}
