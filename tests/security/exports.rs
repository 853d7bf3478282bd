//! Files for spreadsheets: whatever people typed, no cell is a formula.

use tradepost::models::people::account::roles::Role;
use tradepost::routes::table;

use crate::support::{TestShop, fill_checkout};

/// What spreadsheets run, each behind another sign.
const FORMULAS: &[&str] = &["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\u{ff1d}1+1", "\u{ff0b}1", "\u{ff0d}1", "\u{ff20}A1"];

/// The rows of a file by RFC 4180.
fn parse_rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    assert!(row.is_empty() && cell.is_empty() && !is_quoted, "the file ends within a row");
    rows
}

#[actix_web::test]
async fn r41_no_cell_of_an_exported_file_is_a_formula() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(100).create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for (number, formula) in FORMULAS.iter().enumerate() {
        let guest = shop.visitor();
        guest.add_to_cart(&mug, 1).await;
        let email = format!("guest{number}@lovelace.example");
        let form = fill_checkout(&guest, "bank_transfer").await.fill("email", &email).fill("name", formula);
        assert_eq!(form.submit().await.status, 200, "{formula}");
        let list = owner.get(&format!("/admin/customers?q=guest{number}")).await;
        let page = owner.get(&list.attr("tbody th a", "href").unwrap()).await;
        page.form("Save").fill("tags", formula).submit().await;
        let form = owner.get("/admin/settings").await.form("Save").fill("tagline", formula);
        assert_eq!(form.submit().await.status, 200, "{formula}");
        let form = owner.get("/admin/profile").await.form("Save").fill("name", formula);
        assert_eq!(form.submit().await.status, 200, "{formula}");
    }
    let mut files = 0;
    for line in table().iter().filter(|line| line.path.ends_with(".csv")) {
        let file = owner.get(line.path).await;
        assert_eq!((file.status, file.header("content-type")), (200, Some("text/csv; charset=utf-8")), "{}", line.path);
        assert!(file.header("content-disposition").unwrap().starts_with("attachment"), "{}", line.path);
        let rows = parse_rows(std::str::from_utf8(&file.body).unwrap());
        for cell in rows.iter().flatten() {
            let is_formula = cell.starts_with(|sign: char| "=+-@\t\r\n\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(sign));
            assert!(!is_formula, "{}: {cell:?}", line.path);
        }
        for formula in FORMULAS {
            let is_there = rows.iter().flatten().any(|cell| *cell == format!("'{formula}"));
            assert!(is_there, "{} has no cell with {formula}: {rows:?}", line.path);
        }
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{}: rows differ in length", line.path);
        files += 1;
    }
    assert!(files >= 2, "no exported files were found");
    shop.run_jobs().await;
}
