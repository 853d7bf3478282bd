//! Payment methods, and which of them an order is offered.

use crate::models::platform::setting::Settings;
use crate::models::sales::payment::ProviderName;
use crate::support::i18n::Message;
use crate::text_enum;

text_enum! {
    PaymentMethod {
        /// Staff mark the order as paid when the transfer arrives.
        BankTransfer = "bank_transfer",
        Cash = "cash",
        Card = "card",
        TestCard = "test_card",
        None = "none",
    }
}

/// Amounts that the payment providers can charge in the shop's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CardOptions {
    /// Card amounts must be multiples of this, in minor units; `None` if cards cannot be charged.
    pub card_step_minor: Option<i64>,
    pub test_card: bool,
}

/// The quantity of one variant that an unpaid order may always reserve.
pub const UNPAID_QUANTITY_MIN: i64 = 10;
/// Above [`UNPAID_QUANTITY_MIN`], an unpaid order may reserve at most the available stock divided by this.
pub const UNPAID_STOCK_DIVISOR: i64 = 2;

impl PaymentMethod {
    /// The provider that takes the payment on its own page; `None` for methods that staff confirm.
    pub fn provider(self) -> Option<ProviderName> {
        match self {
            PaymentMethod::Card => Some(ProviderName::Stripe),
            PaymentMethod::TestCard => Some(ProviderName::Test),
            PaymentMethod::BankTransfer | PaymentMethod::Cash | PaymentMethod::None => None,
        }
    }

    /// The methods available for an amount in minor units, the default first.
    pub fn list_available(
        settings: &Settings,
        cards: &CardOptions,
        due_minor: i64,
        pickup: bool,
    ) -> Vec<PaymentMethod> {
        let exactly = |step: i64| due_minor % step.max(1) == 0;
        let all = [
            (PaymentMethod::Card, cards.card_step_minor.is_some_and(exactly)),
            (PaymentMethod::TestCard, cards.test_card),
            (PaymentMethod::BankTransfer, settings.has_bank_account()),
            (PaymentMethod::Cash, pickup),
        ];
        all.into_iter().filter(|(_, offered)| *offered).map(|(method, _)| method).collect()
    }

    /// Whether the shop can take any payment; `pickup` says whether any shipping method is pickup.
    pub fn is_any_available(settings: &Settings, cards: &CardOptions, pickup: bool) -> bool {
        cards.card_step_minor.is_some() || cards.test_card || settings.has_bank_account() || pickup
    }

    pub fn why_unavailable(self) -> Message {
        match self {
            PaymentMethod::Cash => Message::CashUnavailable,
            PaymentMethod::BankTransfer => Message::BankTransferUnavailable,
            PaymentMethod::Card => Message::CardUnavailable,
            PaymentMethod::TestCard | PaymentMethod::None => Message::PaymentMethodMissing,
        }
    }

    /// Whether the order commits its stock before it is paid.
    pub fn is_paid_later(self) -> bool {
        matches!(self, PaymentMethod::BankTransfer | PaymentMethod::Cash)
    }

    pub fn max_unpaid_quantity(left: i64) -> i64 {
        (left / UNPAID_STOCK_DIVISOR).max(UNPAID_QUANTITY_MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_paid_is_offered_and_cards_come_first() {
        use PaymentMethod::{BankTransfer, Card, Cash, TestCard};
        let with = |account: &str, step: Option<i64>, test_card: bool, due: i64, pickup: bool| {
            let settings = Settings { bank_account: account.to_owned(), ..Settings::default() };
            PaymentMethod::list_available(&settings, &CardOptions { card_step_minor: step, test_card }, due, pickup)
        };
        assert_eq!(with("IBAN", Some(1), true, 5, true), [Card, TestCard, BankTransfer, Cash]);
        assert_eq!(with(" \n ", None, false, 5, false), []);
        assert_eq!(
            (with("", Some(10), false, 6255, false), with("", Some(10), false, 6250, false)),
            (vec![], vec![Card])
        );
        assert_eq!(
            (with("", None, false, 5, true), with("IBAN", None, false, 5, false)),
            (vec![Cash], vec![BankTransfer])
        );
    }

    #[test]
    fn an_unpaid_order_holds_a_part_of_the_stock() {
        assert_eq!([0, 3, 20, 21, 50].map(PaymentMethod::max_unpaid_quantity), [10, 10, 10, 10, 25]);
    }
}
