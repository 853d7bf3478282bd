//! Comma-separated values (RFC 4180) that spreadsheets open without running what people typed.

/// Adds a row. A cell that a spreadsheet would take for a formula begins with an apostrophe.
pub fn push_row(csv: &mut String, cells: &[&str]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            csv.push(',');
        }
        let is_formula =
            cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
        let is_quoted = is_formula || cell.contains([',', '"', '\n', '\r']);
        if is_quoted {
            csv.push('"');
        }
        if is_formula {
            csv.push('\'');
        }
        csv.push_str(&cell.replace('"', "\"\""));
        if is_quoted {
            csv.push('"');
        }
    }
    csv.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r41_a_cell_is_quoted_where_needed_and_never_a_formula() {
        let mut csv = String::new();
        push_row(&mut csv, &["Ann", "a, b", "say \"hi\"", "=1+1", "", "two\nlines", "@SUM(A1)"]);
        assert_eq!(csv, "Ann,\"a, b\",\"say \"\"hi\"\"\",\"'=1+1\",,\"two\nlines\",\"'@SUM(A1)\"\r\n");
    }
}
