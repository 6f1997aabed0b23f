//! The OpenAPI document, made from the handlers, and the page that shows it.

use axum::{
    Json, Router,
    http::{HeaderValue, header},
    middleware::map_response,
    response::Response,
    routing::get,
};
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        self, ContentBuilder, Ref, RefOr, ResponseBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBody,
        schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_swagger_ui::SwaggerUi;

use super::{routes::handlers, words};
use crate::{
    middleware::headers::CSP_DOCS,
    problem::{PROBLEM_JSON, Problem},
};

/// Where the API stands.
pub const BASE: &str = "/api/v2";

/// What is said of the whole; the operations come from the handlers.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Inter-Hub",
        description = "Many agents, many models, several hubs; people keep the last word.\n\n\
            Each role includes the ones before it: viewer, reviewer, steward, admin. Lists are \
            newest first. Errors are application/problem+json.",
        license(name = "Apache-2.0"),
    ),
    // Those that only parameters name.
    components(schemas(Problem, model::AgentSort, model::InboxSort, model::SortOrder,
        model::PerformanceChart, model::PerformanceSort, model::ComparisonChart)),
    security(("token" = [])),
    modifiers(&Token),
)]
pub(super) struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token, as `inter-hub token create` makes it."))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The whole document, with what holds for every operation.
pub fn document() -> openapi::OpenApi {
    let inner = handlers().into_openapi();
    let info = inner.info.clone();
    let components = inner.components.clone();
    let security = inner.security.clone();
    let mut document = openapi::OpenApi::new(info, openapi::Paths::new()).nest(BASE, inner);
    document.components = components;
    document.security = security;
    words::name_all(&mut document);
    for (path, item) in &mut document.paths.paths {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            complete(path, operation);
        }
    }
    document
}

/// Adds to an operation what its path, its body and its answer imply.
fn complete(path: &str, operation: &mut Operation) {
    name(path, operation);
    let mut statuses = vec!["401", "403", "500", "503"];
    if path.contains("{id}") {
        add_parameter(operation, id_parameter());
        statuses.extend(["400", "404"]);
    }
    if is_list(operation) {
        add_parameter(operation, limit_parameter());
        add_parameter(
            operation,
            text_parameter("cursor", "`next_cursor` of the page before"),
        );
    }
    if operation
        .parameters
        .as_ref()
        .is_some_and(|all| !all.is_empty())
    {
        statuses.extend(["400", "422"]);
    }
    if operation.request_body.as_ref().is_some_and(has_content) {
        statuses.extend(["400", "413", "415", "422"]);
    }
    for status in statuses {
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_owned())
            .or_insert_with(|| problem(title(status)));
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = "As asked".to_owned();
        }
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
            && response.content.is_empty()
        {
            *response = match problem(&response.description) {
                RefOr::T(full) => full,
                RefOr::Ref(_) => continue,
            };
        }
    }
}

/// Handlers of different nouns share their names; operations must not.
fn name(path: &str, operation: &mut Operation) {
    let below = path.strip_prefix(BASE).unwrap_or(path);
    let nouns: Vec<_> = below
        .split('/')
        .filter(|part| !part.is_empty() && !part.starts_with('{'))
        .collect();
    let nouns = nouns.join("_").replace('-', "_");
    if let Some(id) = &mut operation.operation_id {
        *id = if nouns.ends_with(id.as_str()) {
            nouns
        } else {
            format!("{nouns}_{id}")
        };
    }
}

fn has_content(body: &RefOr<RequestBody>) -> bool {
    matches!(body, RefOr::T(body) if !body.content.is_empty())
}

/// Whether the answer is a page of a list.
fn is_list(operation: &Operation) -> bool {
    let Some(RefOr::T(answer)) = operation.responses.responses.get("200") else {
        return false;
    };
    let Some(RefOr::T(content)) = answer.content.get("application/json") else {
        return false;
    };
    matches!(
        &content.schema,
        Some(RefOr::Ref(reference)) if reference.ref_location.contains("/Page_")
            || reference.ref_location.ends_with("/InboxPage")
            || reference.ref_location.ends_with("/PerformancePage")
    )
}

fn add_parameter(operation: &mut Operation, parameter: Parameter) {
    operation
        .parameters
        .get_or_insert_default()
        .push(RefOr::T(parameter));
}

fn id_parameter() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(openapi::Required::True)
        .schema(Some(schema))
        .build()
}

fn limit_parameter() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(model::LIMIT_MAX))
        .default(Some(model::LIMIT_DEFAULT.into()));
    ParameterBuilder::new()
        .name("limit")
        .parameter_in(ParameterIn::Query)
        .required(openapi::Required::False)
        .description(Some("Rows at the most"))
        .schema(Some(schema))
        .build()
}

fn text_parameter(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(openapi::Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn title(status: &str) -> &'static str {
    match status {
        "400" => "The body, an id or a cursor cannot be read",
        "401" => "No token, or one that is not valid",
        "403" => "The role is too low",
        "404" => "There is nothing with this id",
        "413" => "The body is longer than 1 MiB",
        "415" => "The body is not application/json",
        "422" => "A value is out of its set or range",
        "503" => "Not now; try again later",
        _ => "The server failed",
    }
}

fn problem(description: &str) -> RefOr<openapi::Response> {
    let schema = Ref::from_schema_name(Problem::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(description)
        .content(PROBLEM_JSON, content)
        .build()
        .into()
}

/// The document at `/api/v2/openapi.json` and its page at `/api/v2/docs`.
pub fn docs<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let document = document();
    let json = document.clone();
    let page: Router<S> = SwaggerUi::new("/api/v2/docs")
        .config(utoipa_swagger_ui::Config::from("/api/v2/openapi.json"))
        .into();
    Router::new()
        .route(
            "/api/v2/openapi.json",
            get(move || std::future::ready(Json(json.clone()))),
        )
        .merge(page.layer(map_response(allow_page)))
}

async fn allow_page(mut response: Response) -> Response {
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CSP_DOCS),
    );
    response
}
