//! A product: operations that are published together, and the document they declare. Notes what the document would
//! hide: of two schemas with one name, it keeps the last.

use crate::{
    app::App,
    contract::{Declared, Layer, ProblemCode, Shapes},
    error::{CATALOGUE, Entry, Problem},
};
use axum::Router;
use std::sync::Arc;
use utoipa::{
    OpenApi,
    openapi::{ContactBuilder, InfoBuilder, LicenseBuilder, ServerBuilder, tag::TagBuilder},
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// A product: its operations, the document they declare, and where the declarations contradict each other.
pub struct Product {
    pub declared: Declared,
    pub operations: Router<App>,
    pub contradictions: Vec<String>,
}

/// Operations, as they are declared one by one.
pub struct Operations {
    router: OpenApiRouter<App>,
    shapes: Shapes,
}

impl Operations {
    pub fn new() -> Self {
        Self { router: OpenApiRouter::with_openapi(Shared::openapi()), shapes: Shapes::default() }
    }

    /// Several at once.
    pub fn all(self, declared: Vec<UtoipaMethodRouter<App>>) -> Self {
        declared.into_iter().fold(self, Self::routes)
    }

    /// Those of the version before that are the same in this one: the same functions, under this version's paths.
    pub fn carried_over(self, from: &str, to: &str, declared: Vec<UtoipaMethodRouter<App>>) -> Self {
        let moved = |(schemas, mut paths, router): UtoipaMethodRouter<App>| {
            let items = std::mem::take(&mut paths.paths);
            paths.paths = items.into_iter().map(|(path, item)| (path.replacen(from, to, 1), item)).collect();
            (schemas, paths, router)
        };
        self.all(declared.into_iter().map(moved).collect())
    }

    pub fn routes(mut self, declared: UtoipaMethodRouter<App>) -> Self {
        for (name, schema) in &declared.0 {
            self.shapes.note(name, serde_json::to_value(schema).expect("a schema is plain data"));
        }
        Self { router: self.router.routes(declared), ..self }
    }
}

#[derive(OpenApi)]
#[openapi(components(schemas(Problem)))]
struct Shared;

/// What is published under this name.
pub fn product(layer: Layer, name: &'static str, version: u32, summary: &str, declared: Operations) -> Product {
    let (operations, mut document) = declared.router.split_for_parts();
    document.info = InfoBuilder::new()
        .title(format!("Haulgate {} API: {name}", layer.name()))
        .description(Some(format!("{summary}.")))
        .version(format!("{version}.0.0"))
        .contact(Some(ContactBuilder::new().name(Some("Haulgate")).build()))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    document.servers = Some(vec![ServerBuilder::new().url("/").description(Some("This gateway")).build()]);
    document.tags = Some(vec![TagBuilder::new().name(name).description(Some(summary)).build()]);
    let document = serde_json::to_value(document).expect("a document is plain data");
    let told =
        |schema: &str| format!("{}/{name}.v{version}: schema {schema} is declared in different shapes", layer.name());
    let contradictions = declared.shapes.clashes().map(told).collect();
    Product { declared: Declared { layer, product: name, version, document }, operations, contradictions }
}

/// The codes of the catalogue, each with a problem that has it, as the documents show it.
pub fn codes() -> Arc<[ProblemCode]> {
    let codes = |entry: &'static Entry| {
        entry.statuses().map(move |status| {
            let trace_id = Some(TRACE.into());
            let problem = Problem { status, trace_id, ..Problem::of(entry.code, entry.meaning) };
            let example = serde_json::to_value(problem).expect("a problem is plain data");
            ProblemCode { status, code: entry.code, example }
        })
    };
    CATALOGUE.iter().flat_map(codes).collect()
}

/// A trace as W3C's Trace Context shows it.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
