//! Two-factor authentication and passkeys of an account.

use fast_qr::QRBuilder;

use crate::models::people::second_factor::passkey::Passkey;
use crate::models::people::second_factor::totp::TotpSetup;
use crate::presenters::format::Format;
use crate::views::account::passkeys::Row;
use crate::views::account::second_factors::{AppSetup, QrCode};

/// Light modules around a QR code (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

pub fn app_setup(setup: &TotpSetup) -> AppSetup {
    AppSetup { secret: setup.secret.clone(), code: qr_code(&setup.uri) }
}

/// The text as a QR code; `None` if it is too long.
fn qr_code(text: &str) -> Option<QrCode> {
    let code = QRBuilder::new(text).build().ok()?;
    let mut path = String::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, module)| module.value()) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE));
        }
    }
    Some(QrCode { size: code.size + 2 * QUIET_ZONE, path })
}

pub fn passkey_row(passkey: &Passkey, format: &Format) -> Row {
    Row {
        id: passkey.id,
        name: passkey.name.clone(),
        added: format.date(passkey.created_at),
        last_used: passkey.last_used_at.map(|at| format.date_time(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_has_a_quiet_zone_and_finder_patterns() {
        let code = qr_code("otpauth://totp/Kestrel:ann%40kestrel.example?secret=JBSWY3DPEHPK3PXP").unwrap();
        assert!(code.size >= 21 + 8);
        assert!(code.path.starts_with("M4 4h1v1h-1zM5 4h1v1h-1z"), "{}", &code.path[..40]);
        assert!(code.path.split('M').count() > 100);
        assert_eq!(qr_code(&"x".repeat(5_000)), None);
    }
}
