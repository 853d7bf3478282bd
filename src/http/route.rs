//! The route table at run time: names routes for the log, and knows the methods of a path for `Allow`.

use std::sync::OnceLock;

use actix_web::dev::ResourceDef;
use actix_web::guard::{Guard, GuardContext};
use actix_web::{HttpRequest, web};

/// A method and path pattern with its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`; `GET` also answers `HEAD`.
    pub method: &'static str,
    /// The path with parameters in braces.
    pub pattern: &'static str,
    /// Name of the handler function, without the crate path.
    pub handler: &'static str,
}

impl Guard for Route {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        let matches_method = context.head().method == self.method;
        if matches_method {
            context.req_data_mut().insert(*self);
        }
        matches_method
    }
}

/// All routes of the site.
pub struct RouteTable(pub Vec<Route>);

/// The methods of the request's path for `Allow`; empty if the path does not exist.
pub fn allowed_methods(request: &HttpRequest) -> Vec<&'static str> {
    /// Compiled on first use: only wrong requests need them.
    static PATTERNS: OnceLock<Vec<(ResourceDef, &'static str)>> = OnceLock::new();
    let Some(routes) = request.app_data::<web::Data<RouteTable>>() else { return Vec::new() };
    let patterns =
        PATTERNS.get_or_init(|| routes.0.iter().map(|route| (ResourceDef::new(route.pattern), route.method)).collect());
    let accepts = |method: &str| {
        patterns.iter().any(|(pattern, route_method)| *route_method == method && pattern.is_match(request.path()))
    };
    let mut methods = Vec::new();
    if accepts("GET") {
        methods.extend(["GET", "HEAD"]);
    }
    if accepts("POST") {
        methods.push("POST");
    }
    methods
}
