//! Which ways of paying an order has: none is offered that cannot be paid.

use super::PaymentMethod;
use crate::models::setting::Settings;

/// What can be paid on the pages of payment providers, in the shop's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CardOptions {
    /// Amounts that a card can be charged are multiples of this, in minor units; none when no card can be charged.
    pub card_step_minor: Option<i64>,
    /// The built-in test card page is on.
    pub test_card: bool,
}

/// Pieces of one thing that an order may hold without being paid, whatever the stock.
pub const UNPAID_PIECES: i64 = 10;
/// One part in so many of the stock that an order may hold beyond [`UNPAID_PIECES`] without being paid.
pub const UNPAID_SHARE: i64 = 2;

impl PaymentMethod {
    /// The ways to pay an amount in minor units, the first to be proposed first.
    pub fn offered(settings: &Settings, cards: &CardOptions, due_minor: i64, pickup: bool) -> Vec<PaymentMethod> {
        let exactly = |step: i64| due_minor % step.max(1) == 0;
        let all = [
            (PaymentMethod::Card, cards.card_step_minor.is_some_and(exactly)),
            (PaymentMethod::TestCard, cards.test_card),
            (PaymentMethod::BankTransfer, settings.takes_transfers()),
            (PaymentMethod::Cash, pickup),
        ];
        all.into_iter().filter(|(_, offered)| *offered).map(|(method, _)| method).collect()
    }

    /// Whether a shop can take any money: `pickup` says whether something can be collected from it.
    pub fn any(settings: &Settings, cards: &CardOptions, pickup: bool) -> bool {
        cards.card_step_minor.is_some() || cards.test_card || settings.takes_transfers() || pickup
    }

    /// Why this way was not offered, for who asked for it all the same.
    pub fn refusal(self) -> &'static str {
        match self {
            PaymentMethod::Cash => {
                "Cash on collection goes only with an order that you collect. Choose another way to pay."
            }
            PaymentMethod::BankTransfer => "This shop takes no bank transfers. Choose another way to pay.",
            PaymentMethod::Card => "This amount cannot be paid by card. Choose another way to pay.",
            PaymentMethod::TestCard | PaymentMethod::None => "Choose how you want to pay.",
        }
    }

    /// Whether an order holds its goods before anybody has paid for them.
    pub fn is_paid_later(self) -> bool {
        matches!(self, PaymentMethod::BankTransfer | PaymentMethod::Cash)
    }

    /// How many of the pieces that are left an order may hold without being paid.
    pub fn most_unpaid(left: i64) -> i64 {
        (left / UNPAID_SHARE).max(UNPAID_PIECES)
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
            PaymentMethod::offered(&settings, &CardOptions { card_step_minor: step, test_card }, due, pickup)
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
        assert_eq!([0, 3, 20, 21, 50].map(PaymentMethod::most_unpaid), [10, 10, 10, 10, 25]);
    }
}
