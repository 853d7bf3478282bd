//! Names of payment methods, for buyers and staff.

use crate::models::sales::payment_method::PaymentMethod;
use crate::support::i18n::Locale;

pub fn payment_method_label(t: Locale, method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::BankTransfer => t.payment_bank_transfer(),
        PaymentMethod::Cash => t.payment_cash(),
        PaymentMethod::Card => t.payment_card(),
        PaymentMethod::TestCard => t.payment_test_card(),
        PaymentMethod::None => t.payment_none(),
    }
}
