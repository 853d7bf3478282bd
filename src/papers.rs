//! Papers: an invoice or a credit note as PDF. Words in, bytes out; A4, in points from the upper left corner.

mod sheet;

use sheet::{Align, Ink, Sheets};

/// Left and right edge of what is printed.
const LEFT: f32 = 56.0;
const RIGHT: f32 = 539.0;
/// Left edge of the numbers and dates beside the buyer.
const FACTS: f32 = 340.0;
/// Nothing but the footer stands below.
const BOTTOM: f32 = 762.0;
/// Right edges of the columns of numbers.
const QUANTITY: f32 = 372.0;
const UNIT: f32 = 455.0;

/// An invoice or a credit note.
#[derive(Clone, Debug)]
pub struct Paper {
    /// `Invoice`.
    pub title: String,
    /// `INV-0007`.
    pub number: String,
    /// The site's name.
    pub seller: String,
    /// Legal name and address, line by line.
    pub seller_lines: Vec<String>,
    /// VAT number; empty for none.
    pub seller_vat_number: String,
    /// Where customers write to; empty for none.
    pub seller_email: String,
    /// Who buys, line by line.
    pub buyer: Vec<String>,
    /// The buyer's VAT number; empty for none.
    pub buyer_vat_number: String,
    /// Names and values: number, dates.
    pub facts: Vec<(String, String)>,
    /// What was bought.
    pub rows: Vec<Row>,
    /// What it comes to; the last is the total.
    pub sums: Vec<Sum>,
    /// How it is paid, where that is more than one way.
    pub paid: Vec<Sum>,
    /// Tax by rate: name, net, tax, gross.
    pub taxes: Vec<[String; 4]>,
    /// Sentences at the end.
    pub words: Vec<String>,
}

/// A line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is.
    pub title: String,
    /// Its SKU; may be empty.
    pub note: String,
    /// Pieces; may be empty.
    pub quantity: String,
    /// Price of one; may be empty.
    pub unit: String,
    /// Price of all.
    pub total: String,
}

/// A line below the table.
#[derive(Clone, Debug)]
pub struct Sum {
    /// What.
    pub label: String,
    /// How much.
    pub amount: String,
}

impl Paper {
    /// The PDF.
    ///
    /// # Errors
    /// When it cannot be drawn, in words.
    pub fn pdf(&self) -> Result<Vec<u8>, String> {
        let mut sheets = Sheets::new()?;
        self.letterhead(&mut sheets);
        let y = self.addresses(&mut sheets);
        let y = self.table(&mut sheets, y);
        let y = self.totals(&mut sheets, y);
        let y = self.tax_table(&mut sheets, y);
        self.closing(&mut sheets, y);
        self.footers(&mut sheets);
        sheets.pdf(&format!("{} {}", self.title, self.number), &self.seller)
    }

    fn letterhead(&self, sheets: &mut Sheets) {
        for (at, line) in sheets.wrapped(&self.seller, Ink::bold(16.0), FACTS - LEFT).iter().enumerate() {
            sheets.text(LEFT, 70.0 + 20.0 * whole(at), Ink::bold(16.0), line);
        }
        let mut y = 61.0;
        for line in &self.seller_lines {
            sheets.aligned(RIGHT, y, Ink::pale(8.5), line, Align::Right);
            y += 12.0;
        }
        if !self.seller_vat_number.is_empty() {
            sheets.aligned(RIGHT, y, Ink::pale(8.5), &format!("VAT {}", self.seller_vat_number), Align::Right);
        }
    }

    /// Who buys on the left, numbers and dates on the right.
    fn addresses(&self, sheets: &mut Sheets) -> f32 {
        let mut y = 152.0;
        sheets.text(LEFT, y, Ink::pale(8.5), "Billed to");
        for line in &self.buyer {
            for part in sheets.wrapped(line, Ink::plain(10.5), FACTS - LEFT - 16.0) {
                y += 14.5;
                sheets.text(LEFT, y, Ink::plain(10.5), &part);
            }
        }
        if !self.buyer_vat_number.is_empty() {
            y += 14.5;
            sheets.text(LEFT, y, Ink::plain(10.5), &format!("VAT {}", self.buyer_vat_number));
        }
        let mut beside = 152.0;
        for (name, value) in &self.facts {
            sheets.text(FACTS, beside, Ink::pale(9.0), name);
            sheets.aligned(RIGHT, beside, Ink::plain(9.5), value, Align::Right);
            beside += 15.0;
        }
        let y = y.max(beside).max(228.0) + 46.0;
        sheets.text(LEFT, y, Ink::bold(20.0), &format!("{} {}", self.title, self.number));
        y + 34.0
    }

    fn table_head(sheets: &mut Sheets, y: f32) -> f32 {
        sheets.text(LEFT, y, Ink::pale(8.5), "Description");
        for (x, word) in [(QUANTITY, "Quantity"), (UNIT, "Price"), (RIGHT, "Amount")] {
            sheets.aligned(x, y, Ink::pale(8.5), word, Align::Right);
        }
        sheets.rule(LEFT, RIGHT, y + 7.0, 0.8);
        y + 7.0
    }

    /// Another page, with the head of the table if it goes on.
    fn turn(&self, sheets: &mut Sheets, with_table: bool) -> f32 {
        sheets.turn();
        sheets.text(LEFT, 70.0, Ink::bold(10.5), &self.seller);
        let words = format!("{} {}, continued", self.title, self.number);
        sheets.aligned(RIGHT, 70.0, Ink::pale(9.0), &words, Align::Right);
        if with_table { Paper::table_head(sheets, 104.0) } else { 104.0 }
    }

    fn table(&self, sheets: &mut Sheets, y: f32) -> f32 {
        let mut y = Paper::table_head(sheets, y);
        for row in &self.rows {
            let lines = sheets.wrapped(&row.title, Ink::plain(10.0), QUANTITY - LEFT - 70.0);
            let height = 13.5 * whole(lines.len()) + if row.note.is_empty() { 13.0 } else { 26.0 };
            if y + height > BOTTOM {
                y = self.turn(sheets, true);
            }
            let first = y + 17.0;
            for (at, line) in lines.iter().enumerate() {
                sheets.text(LEFT, first + 13.5 * whole(at), Ink::plain(10.0), line);
            }
            if !row.note.is_empty() {
                sheets.text(LEFT, first + 13.5 * whole(lines.len()) - 1.0, Ink::pale(8.5), &row.note);
            }
            for (x, words) in [(QUANTITY, &row.quantity), (UNIT, &row.unit), (RIGHT, &row.total)] {
                sheets.aligned(x, first, Ink::plain(10.0), words, Align::Right);
            }
            y += height;
            sheets.rule(LEFT, RIGHT, y, 0.4);
        }
        y
    }

    fn totals(&self, sheets: &mut Sheets, y: f32) -> f32 {
        const LABELS: f32 = 300.0;
        /// Between the end of a label and the right edge there is room for an amount.
        const LABEL_WIDTH: f32 = RIGHT - LABELS - 84.0;
        let Some((total, parts)) = self.sums.split_last() else { return y };
        let labels: Vec<Vec<String>> =
            parts.iter().map(|part| sheets.wrapped(&part.label, Ink::plain(10.0), LABEL_WIDTH)).collect();
        let lines: usize = labels.iter().map(Vec::len).sum();
        let height = 17.0 * whole(lines + 1 + self.paid.len()) + 30.0;
        let mut y = if y + height > BOTTOM { self.turn(sheets, false) } else { y + 24.0 };
        for (part, label) in parts.iter().zip(labels) {
            sheets.aligned(RIGHT, y, Ink::plain(10.0), &part.amount, Align::Right);
            for line in label {
                sheets.text(LABELS, y, Ink::pale(10.0), &line);
                y += 13.5;
            }
            y += 3.5;
        }
        sheets.rule(LABELS, RIGHT, y - 7.0, 0.8);
        y += 11.0;
        sheets.text(LABELS, y, Ink::bold(12.5), &total.label);
        sheets.aligned(RIGHT, y, Ink::bold(12.5), &total.amount, Align::Right);
        for part in &self.paid {
            y += 17.0;
            let label = sheets.shortened(&part.label, Ink::plain(10.0), LABEL_WIDTH);
            sheets.text(LABELS, y, Ink::pale(10.0), &label);
            sheets.aligned(RIGHT, y, Ink::plain(10.0), &part.amount, Align::Right);
        }
        y
    }

    fn tax_table(&self, sheets: &mut Sheets, y: f32) -> f32 {
        if self.taxes.is_empty() {
            return y;
        }
        let height = 40.0 + 16.0 * whole(self.taxes.len());
        let mut y = if y + 40.0 + height > BOTTOM { self.turn(sheets, false) } else { y + 40.0 };
        let edges = [QUANTITY, UNIT, RIGHT];
        sheets.text(LEFT, y, Ink::pale(8.5), "Tax");
        for (x, word) in edges.iter().zip(["Net", "Tax", "Gross"]) {
            sheets.aligned(*x, y, Ink::pale(8.5), word, Align::Right);
        }
        sheets.rule(LEFT, RIGHT, y + 7.0, 0.4);
        y += 22.0;
        for [name, amounts @ ..] in &self.taxes {
            let name = sheets.shortened(name, Ink::plain(9.0), QUANTITY - LEFT - 70.0);
            sheets.text(LEFT, y, Ink::plain(9.0), &name);
            for (x, amount) in edges.iter().zip(amounts) {
                sheets.aligned(*x, y, Ink::plain(9.0), amount, Align::Right);
            }
            y += 16.0;
        }
        y
    }

    fn closing(&self, sheets: &mut Sheets, y: f32) {
        let mut y = y + 28.0;
        for words in &self.words {
            for line in sheets.wrapped(words, Ink::plain(9.5), RIGHT - LEFT) {
                if y > BOTTOM {
                    y = self.turn(sheets, false);
                }
                sheets.text(LEFT, y, Ink::plain(9.5), &line);
                y += 14.0;
            }
        }
    }

    fn footers(&self, sheets: &mut Sheets) {
        let contact = if self.seller_email.is_empty() { String::new() } else { format!(" · {}", self.seller_email) };
        let count = sheets.count();
        for page in 0..count {
            sheets.open(page);
            sheets.rule(LEFT, RIGHT, 788.0, 0.4);
            sheets.text(LEFT, 803.0, Ink::pale(8.0), &format!("{}{contact}", self.seller));
            let words = format!("{} · page {} of {count}", self.number, page + 1);
            sheets.aligned(RIGHT, 803.0, Ink::pale(8.0), &words, Align::Right);
        }
    }
}

/// A small number of lines as a length.
fn whole(count: usize) -> f32 {
    u16::try_from(count).map_or(f32::from(u16::MAX), f32::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(rows: usize) -> Paper {
        let row = |at| Row {
            title: format!(
                "Guji Hambela {at}, washed, 250 g, whole beans for filter and for those who take their time"
            ),
            note: format!("GUJI-{at}"),
            quantity: "2".to_owned(),
            unit: "€11.90".to_owned(),
            total: "€23.80".to_owned(),
        };
        let sum = |label: &str, amount: &str| Sum { label: label.to_owned(), amount: amount.to_owned() };
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
        Paper {
            title: "Invoice".to_owned(),
            number: "INV-0007".to_owned(),
            seller: "Kestrel & Kettle".to_owned(),
            seller_lines: words(&["Kestrel & Kettle GmbH", "Speicherstraße 4", "20457 Hamburg", "Germany"]),
            seller_vat_number: "DE123456789".to_owned(),
            seller_email: "hello@kestrel.example".to_owned(),
            buyer: words(&["Ada Lovelace", "Torstraße 1", "10119 Berlin", "Germany"]),
            buyer_vat_number: String::new(),
            facts: [("Invoice number", "INV-0007"), ("Date", "21 November 2026"), ("Order", "1011")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            rows: (0..rows).map(row).collect(),
            sums: vec![
                sum("Goods", "€1,123.80"),
                sum("Discount", "−€10.00"),
                sum("Shipping: Parcel with DHL, two to three working days", "€5.00"),
                sum("Included VAT 19 %", "€179.43"),
                sum("Total", "€1,118.80"),
            ],
            paid: vec![sum("Gift card", "−€50.00"), sum("Left to pay", "€1,068.80")],
            taxes: vec![["VAT 19 %", "€939.37", "€179.43", "€1,118.80"].map(str::to_owned)],
            words: words(&["Paid: Card."]),
        }
    }

    #[test]
    fn a_short_paper_is_one_sheet_and_a_long_one_is_turned() {
        for (rows, sheets) in [(3, 1), (40, 5)] {
            let pdf = paper(rows).pdf().unwrap();
            assert!(pdf.starts_with(b"%PDF-"));
            let text = String::from_utf8_lossy(&pdf);
            assert!(text.contains(&format!("/Count {sheets}")), "{rows} rows");
        }
    }

    #[test]
    fn a_long_name_goes_on_below_itself_and_not_across_the_numbers() {
        let mut long = paper(1);
        long.buyer[0] = "Friedrich-Wilhelm Freiherr von und zu Mustermann-Beispielhausen ".repeat(2);
        let below = |paper: &Paper| paper.addresses(&mut Sheets::new().unwrap());
        assert!(below(&long) > below(&paper(1)));
    }

    #[test]
    fn letters_that_the_typeface_lacks_do_not_stop_a_paper() {
        let mut odd = paper(1);
        odd.buyer = vec!["明日香 🦊".to_owned(), "ש".to_owned(), String::new()];
        assert!(odd.pdf().unwrap().len() < 60_000);
    }
}
