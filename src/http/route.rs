//! Which route a request took, for its log line, and which methods an address takes.

use std::sync::OnceLock;

use actix_web::dev::ResourceDef;
use actix_web::guard::{Guard, GuardContext};
use actix_web::{HttpRequest, web};

/// A route: what a request is matched with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`. What answers `GET` answers `HEAD` too.
    pub method: &'static str,
    /// The address with its parameters in braces.
    pub pattern: &'static str,
    /// The function.
    pub handler: &'static str,
}

impl Guard for Route {
    /// Lets the route's own method pass, and notes the route with the request.
    fn check(&self, context: &GuardContext<'_>) -> bool {
        let passes = context.head().method == self.method;
        if passes {
            context.req_data_mut().insert(*self);
        }
        passes
    }
}

/// All routes of the site.
pub struct KnownRoutes(pub Vec<Route>);

/// The methods that an address takes, as `Allow` names them; empty for an address that does not exist.
pub fn methods(request: &HttpRequest) -> Vec<&'static str> {
    /// Compiled when somebody asks for the first time: only wrong requests do.
    static PATTERNS: OnceLock<Vec<(ResourceDef, &'static str)>> = OnceLock::new();
    let Some(routes) = request.app_data::<web::Data<KnownRoutes>>() else { return Vec::new() };
    let patterns =
        PATTERNS.get_or_init(|| routes.0.iter().map(|route| (ResourceDef::new(route.pattern), route.method)).collect());
    let takes = |method: &str| patterns.iter().any(|(pattern, own)| *own == method && pattern.is_match(request.path()));
    let mut methods = Vec::new();
    if takes("GET") {
        methods.extend(["GET", "HEAD"]);
    }
    if takes("POST") {
        methods.push("POST");
    }
    methods
}
