//! The actor of an event, stored as a kind, the staff account and a name, and rendered when it is displayed.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;

use crate::stored_as_text;
use crate::support::ids::AccountId;

#[derive(Clone, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum Actor {
    Customer,
    /// The account, if it has a row, and its name at that time.
    Staff {
        account: Option<AccountId>,
        name: String,
    },
    /// The program itself, for example a scheduled job.
    System,
    /// The checkout, when it reserves stock.
    Checkout,
    Provider(String),
    /// A public register, by its code, such as `vies`.
    Register(String),
    CommandLine,
    /// Written by a newer version of the program: its kind.
    Unknown(String),
}

stored_as_text!(Actor);

impl Actor {
    pub fn staff(account: AccountId, name: &str) -> Actor {
        Actor::Staff { account: Some(account), name: name.to_owned() }
    }

    pub fn without_account(name: &str) -> Actor {
        Actor::Staff { account: None, name: name.to_owned() }
    }

    pub(super) fn kind(&self) -> &str {
        match self {
            Actor::Customer => "customer",
            Actor::Staff { .. } => "staff",
            Actor::System => "system",
            Actor::Checkout => "checkout",
            Actor::Provider(_) => "provider",
            Actor::Register(_) => "register",
            Actor::CommandLine => "command_line",
            Actor::Unknown(kind) => kind,
        }
    }

    pub(super) fn account(&self) -> Option<AccountId> {
        match self {
            Actor::Staff { account, .. } => *account,
            _ => None,
        }
    }

    /// Name of the staff account, or code of the provider or register; empty for others.
    pub(super) fn name(&self) -> &str {
        match self {
            Actor::Staff { name, .. } | Actor::Provider(name) | Actor::Register(name) => name,
            Actor::Customer | Actor::System | Actor::Checkout | Actor::CommandLine | Actor::Unknown(_) => "",
        }
    }

    pub(super) fn from_parts(kind: &str, account: Option<AccountId>, name: &str) -> Actor {
        match kind {
            "customer" => Actor::Customer,
            "staff" => Actor::Staff { account, name: name.to_owned() },
            "system" => Actor::System,
            "checkout" => Actor::Checkout,
            "provider" => Actor::Provider(name.to_owned()),
            "register" => Actor::Register(name.to_owned()),
            "command_line" => Actor::CommandLine,
            other => Actor::Unknown(other.to_owned()),
        }
    }

    /// All of it in one column: `customer`, `staff:12:Ada`, `staff::Ada`, `provider:stripe`.
    pub fn to_stored(&self) -> String {
        match self {
            Actor::Staff { account, name } => {
                format!("staff:{}:{name}", account.map(|id| id.to_string()).unwrap_or_default())
            }
            Actor::Provider(_) | Actor::Register(_) => format!("{}:{}", self.kind(), self.name()),
            _ => self.kind().to_owned(),
        }
    }

    fn from_stored(text: &str) -> Actor {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        match (kind, rest.split_once(':')) {
            ("staff", Some((account, name))) => Actor::from_parts(kind, account.parse().ok(), name),
            ("customer" | "system" | "checkout" | "provider" | "register" | "command_line", _) => {
                Actor::from_parts(kind, None, rest)
            }
            _ => Actor::Unknown(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_read_as_it_was_stored() {
        let pinned = [
            (Actor::Customer, "customer"),
            (Actor::staff(12.into(), "Ada: the owner"), "staff:12:Ada: the owner"),
            (Actor::without_account("Ada"), "staff::Ada"),
            (Actor::System, "system"),
            (Actor::Checkout, "checkout"),
            (Actor::Provider("stripe".to_owned()), "provider:stripe"),
            (Actor::Register("vies".to_owned()), "register:vies"),
            (Actor::CommandLine, "command_line"),
            (Actor::Unknown("robot:7".to_owned()), "robot:7"),
        ];
        for (actor, text) in pinned {
            assert_eq!(actor.to_stored(), text);
            assert_eq!(Actor::from_stored(text), actor);
            if !matches!(actor, Actor::Unknown(_)) {
                assert_eq!(Actor::from_parts(actor.kind(), actor.account(), actor.name()), actor);
            }
        }
        assert_eq!(Actor::from_parts("robot", None, "7"), Actor::Unknown("robot".to_owned()));
    }
}
