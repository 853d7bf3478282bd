//! Invoices and credit notes as PDF: A4, coordinates in points from the upper left corner.

mod pdf_pages;

use pdf_pages::{Align, PdfPages, TextStyle};

use crate::support::i18n::Locale;

const LEFT: f32 = 56.0;
const RIGHT: f32 = 539.0;
const FIELDS: f32 = 340.0;
/// Lower end of the content; only the footer is below.
const BOTTOM: f32 = 762.0;
const QUANTITY: f32 = 372.0;
const UNIT: f32 = 455.0;

#[derive(Clone, Debug)]
pub struct InvoiceDocument {
    pub t: Locale,
    pub title: String,
    pub number: String,
    pub seller: String,
    pub seller_lines: Vec<String>,
    /// Empty for none.
    pub seller_vat_number: String,
    /// The shop's contact address; empty for none.
    pub seller_email: String,
    pub buyer: Vec<String>,
    /// Empty for none.
    pub buyer_vat_number: String,
    pub fields: Vec<(String, String)>,
    pub rows: Vec<DocumentRow>,
    pub totals: Vec<DocumentTotal>,
    /// Payments, if there is more than one payment method.
    pub payments: Vec<DocumentTotal>,
    /// Tax by rate: name, net, tax, gross.
    pub taxes: Vec<[String; 4]>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct DocumentRow {
    pub title: String,
    pub sku: String,
    pub quantity: String,
    pub unit_price: String,
    pub total: String,
}

#[derive(Clone, Debug)]
pub struct DocumentTotal {
    pub label: String,
    pub amount: String,
}

impl InvoiceDocument {
    /// Renders the PDF; the error is a message for the log.
    pub fn to_pdf(&self) -> Result<Vec<u8>, String> {
        let mut pages = PdfPages::new()?;
        self.letterhead(&mut pages);
        let y = self.addresses(&mut pages);
        let y = self.table(&mut pages, y);
        let y = self.totals(&mut pages, y);
        let y = self.tax_table(&mut pages, y);
        self.closing(&mut pages, y);
        self.footers(&mut pages);
        pages.to_pdf(&self.title, &self.seller, self.t.code())
    }

    fn letterhead(&self, pages: &mut PdfPages) {
        for (at, line) in pages.wrap_text(&self.seller, TextStyle::bold(16.0), FIELDS - LEFT).iter().enumerate() {
            pages.draw_text(LEFT, 70.0 + 20.0 * to_coordinate(at), TextStyle::bold(16.0), line);
        }
        let mut y = 61.0;
        for line in &self.seller_lines {
            pages.draw_aligned_text(RIGHT, y, TextStyle::muted(8.5), line, Align::Right);
            y += 12.0;
        }
        if !self.seller_vat_number.is_empty() {
            let number = self.t.document_vat_number(&self.seller_vat_number);
            pages.draw_aligned_text(RIGHT, y, TextStyle::muted(8.5), &number, Align::Right);
        }
    }

    /// Buyer on the left, fields on the right; returns the next y.
    fn addresses(&self, pages: &mut PdfPages) -> f32 {
        let mut y = 152.0;
        pages.draw_text(LEFT, y, TextStyle::muted(8.5), self.t.document_bill_to());
        for line in &self.buyer {
            for part in pages.wrap_text(line, TextStyle::regular(10.5), FIELDS - LEFT - 16.0) {
                y += 14.5;
                pages.draw_text(LEFT, y, TextStyle::regular(10.5), &part);
            }
        }
        if !self.buyer_vat_number.is_empty() {
            y += 14.5;
            let number = self.t.document_vat_number(&self.buyer_vat_number);
            pages.draw_text(LEFT, y, TextStyle::regular(10.5), &number);
        }
        let mut y_of_fields = 152.0;
        for (name, value) in &self.fields {
            pages.draw_text(FIELDS, y_of_fields, TextStyle::muted(9.0), name);
            pages.draw_aligned_text(RIGHT, y_of_fields, TextStyle::regular(9.5), value, Align::Right);
            y_of_fields += 15.0;
        }
        let y = y.max(y_of_fields).max(228.0) + 46.0;
        pages.draw_text(LEFT, y, TextStyle::bold(20.0), &self.title);
        y + 34.0
    }

    fn table_head(&self, pages: &mut PdfPages, y: f32) -> f32 {
        let t = self.t;
        pages.draw_text(LEFT, y, TextStyle::muted(8.5), t.document_description());
        let words = [(QUANTITY, t.document_quantity()), (UNIT, t.document_price()), (RIGHT, t.document_amount())];
        for (x, word) in words {
            pages.draw_aligned_text(x, y, TextStyle::muted(8.5), word, Align::Right);
        }
        pages.draw_rule(LEFT, RIGHT, y + 7.0, 0.8);
        y + 7.0
    }

    /// Starts a page, with the table's header if the table continues; returns the next y.
    fn start_page(&self, pages: &mut PdfPages, with_table: bool) -> f32 {
        pages.add_page();
        pages.draw_text(LEFT, 70.0, TextStyle::bold(10.5), &self.seller);
        let words = self.t.document_continued(&self.title);
        pages.draw_aligned_text(RIGHT, 70.0, TextStyle::muted(9.0), &words, Align::Right);
        if with_table { self.table_head(pages, 104.0) } else { 104.0 }
    }

    fn table(&self, pages: &mut PdfPages, y: f32) -> f32 {
        let mut y = self.table_head(pages, y);
        for row in &self.rows {
            let lines = pages.wrap_text(&row.title, TextStyle::regular(10.0), QUANTITY - LEFT - 70.0);
            let height = 13.5 * to_coordinate(lines.len()) + if row.sku.is_empty() { 13.0 } else { 26.0 };
            if y + height > BOTTOM {
                y = self.start_page(pages, true);
            }
            let first = y + 17.0;
            for (at, line) in lines.iter().enumerate() {
                pages.draw_text(LEFT, first + 13.5 * to_coordinate(at), TextStyle::regular(10.0), line);
            }
            if !row.sku.is_empty() {
                pages.draw_text(LEFT, first + 13.5 * to_coordinate(lines.len()) - 1.0, TextStyle::muted(8.5), &row.sku);
            }
            for (x, words) in [(QUANTITY, &row.quantity), (UNIT, &row.unit_price), (RIGHT, &row.total)] {
                pages.draw_aligned_text(x, first, TextStyle::regular(10.0), words, Align::Right);
            }
            y += height;
            pages.draw_rule(LEFT, RIGHT, y, 0.4);
        }
        y
    }

    fn totals(&self, pages: &mut PdfPages, y: f32) -> f32 {
        const LABELS: f32 = 300.0;
        /// Leaves room for an amount at the right margin.
        const LABEL_WIDTH: f32 = RIGHT - LABELS - 84.0;
        let Some((total, parts)) = self.totals.split_last() else { return y };
        let labels: Vec<Vec<String>> =
            parts.iter().map(|part| pages.wrap_text(&part.label, TextStyle::regular(10.0), LABEL_WIDTH)).collect();
        let lines: usize = labels.iter().map(Vec::len).sum();
        let height = 17.0 * to_coordinate(lines + 1 + self.payments.len()) + 30.0;
        let mut y = if y + height > BOTTOM { self.start_page(pages, false) } else { y + 24.0 };
        for (part, label) in parts.iter().zip(labels) {
            pages.draw_aligned_text(RIGHT, y, TextStyle::regular(10.0), &part.amount, Align::Right);
            for line in label {
                pages.draw_text(LABELS, y, TextStyle::muted(10.0), &line);
                y += 13.5;
            }
            y += 3.5;
        }
        pages.draw_rule(LABELS, RIGHT, y - 7.0, 0.8);
        y += 11.0;
        pages.draw_text(LABELS, y, TextStyle::bold(12.5), &total.label);
        pages.draw_aligned_text(RIGHT, y, TextStyle::bold(12.5), &total.amount, Align::Right);
        for part in &self.payments {
            y += 17.0;
            let label = pages.truncate_text(&part.label, TextStyle::regular(10.0), LABEL_WIDTH);
            pages.draw_text(LABELS, y, TextStyle::muted(10.0), &label);
            pages.draw_aligned_text(RIGHT, y, TextStyle::regular(10.0), &part.amount, Align::Right);
        }
        y
    }

    fn tax_table(&self, pages: &mut PdfPages, y: f32) -> f32 {
        if self.taxes.is_empty() {
            return y;
        }
        let height = 40.0 + 16.0 * to_coordinate(self.taxes.len());
        let mut y = if y + 40.0 + height > BOTTOM { self.start_page(pages, false) } else { y + 40.0 };
        let edges = [QUANTITY, UNIT, RIGHT];
        let t = self.t;
        pages.draw_text(LEFT, y, TextStyle::muted(8.5), t.document_tax());
        for (x, word) in edges.iter().zip([t.document_net(), t.document_tax(), t.document_gross()]) {
            pages.draw_aligned_text(*x, y, TextStyle::muted(8.5), word, Align::Right);
        }
        pages.draw_rule(LEFT, RIGHT, y + 7.0, 0.4);
        y += 22.0;
        for [name, amounts @ ..] in &self.taxes {
            let name = pages.truncate_text(name, TextStyle::regular(9.0), QUANTITY - LEFT - 70.0);
            pages.draw_text(LEFT, y, TextStyle::regular(9.0), &name);
            for (x, amount) in edges.iter().zip(amounts) {
                pages.draw_aligned_text(*x, y, TextStyle::regular(9.0), amount, Align::Right);
            }
            y += 16.0;
        }
        y
    }

    fn closing(&self, pages: &mut PdfPages, y: f32) {
        let mut y = y + 28.0;
        for words in &self.notes {
            for line in pages.wrap_text(words, TextStyle::regular(9.5), RIGHT - LEFT) {
                if y > BOTTOM {
                    y = self.start_page(pages, false);
                }
                pages.draw_text(LEFT, y, TextStyle::regular(9.5), &line);
                y += 14.0;
            }
        }
    }

    fn footers(&self, pages: &mut PdfPages) {
        let contact = if self.seller_email.is_empty() { String::new() } else { format!(" · {}", self.seller_email) };
        let page_count = pages.page_count();
        for page in 0..page_count {
            pages.select_page(page);
            pages.draw_rule(LEFT, RIGHT, 788.0, 0.4);
            pages.draw_text(LEFT, 803.0, TextStyle::muted(8.0), &format!("{}{contact}", self.seller));
            let words = self.t.document_page(&self.number, page + 1, page_count);
            pages.draw_aligned_text(RIGHT, 803.0, TextStyle::muted(8.0), &words, Align::Right);
        }
    }
}

fn to_coordinate(count: usize) -> f32 {
    u16::try_from(count).map_or(f32::from(u16::MAX), f32::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample_document(rows: usize) -> InvoiceDocument {
        let row = |at| DocumentRow {
            title: format!(
                "Guji Hambela {at}, washed, 250 g, whole beans for filter and for those who take their time"
            ),
            sku: format!("GUJI-{at}"),
            quantity: "2".to_owned(),
            unit_price: "€11.90".to_owned(),
            total: "€23.80".to_owned(),
        };
        let sum = |label: &str, amount: &str| DocumentTotal { label: label.to_owned(), amount: amount.to_owned() };
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
        InvoiceDocument {
            t: Locale::En,
            title: "Invoice INV-0007".to_owned(),
            number: "INV-0007".to_owned(),
            seller: "Kestrel & Kettle".to_owned(),
            seller_lines: words(&["Kestrel & Kettle GmbH", "Speicherstraße 4", "20457 Hamburg", "Germany"]),
            seller_vat_number: "DE123456789".to_owned(),
            seller_email: "hello@kestrel.example".to_owned(),
            buyer: words(&["Ada Lovelace", "Torstraße 1", "10119 Berlin", "Germany"]),
            buyer_vat_number: String::new(),
            fields: [("Invoice number", "INV-0007"), ("Date", "21 November 2026"), ("Order", "1011")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            rows: (0..rows).map(row).collect(),
            totals: vec![
                sum("Goods", "€1,123.80"),
                sum("Discount", "−€10.00"),
                sum("Shipping: Parcel with DHL, two to three working days", "€5.00"),
                sum("Included VAT 19 %", "€179.43"),
                sum("Total", "€1,118.80"),
            ],
            payments: vec![sum("Gift card", "−€50.00"), sum("Left to pay", "€1,068.80")],
            taxes: vec![["VAT 19 %", "€939.37", "€179.43", "€1,118.80"].map(str::to_owned)],
            notes: words(&["Paid: Card."]),
        }
    }

    #[test]
    fn a_short_paper_is_one_sheet_and_a_long_one_is_turned() {
        for (rows, pages) in [(3, 1), (40, 5)] {
            let pdf = sample_document(rows).to_pdf().unwrap();
            assert!(pdf.starts_with(b"%PDF-"));
            let text = String::from_utf8_lossy(&pdf);
            assert!(text.contains(&format!("/Count {pages}")), "{rows} rows");
        }
    }

    #[test]
    fn a_long_name_goes_on_below_itself_and_not_across_the_numbers() {
        let mut long = sample_document(1);
        long.buyer[0] = "Friedrich-Wilhelm Freiherr von und zu Mustermann-Beispielhausen ".repeat(2);
        let below = |document: &InvoiceDocument| document.addresses(&mut PdfPages::new().unwrap());
        assert!(below(&long) > below(&sample_document(1)));
    }

    #[test]
    fn letters_that_the_typeface_lacks_do_not_stop_a_paper() {
        let mut odd = sample_document(1);
        odd.buyer = vec!["明日香 🦊".to_owned(), "ש".to_owned(), String::new()];
        assert!(odd.to_pdf().unwrap().len() < 60_000);
    }
}
