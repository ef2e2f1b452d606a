//! Every route, grouped by who calls it: the table of contents. Holds no logic; paths stand at the operations.

mod product;

use crate::{
    app::App,
    config::MountedLayer,
    console,
    contract::{Layer, Registry, assemble},
    docs,
    experience::{control_tower, driver, partner},
    ids::sha256,
    links,
    process::{deliveries, exceptions, orders, routes},
    system_api::{customers, erp, master_data, planner, proofs, telematics, warehouse},
};
use axum::Router;
use product::{Operations, Product, product};
use std::sync::Arc;
use utoipa_axum::{router::UtoipaMethodRouter, routes};

/// Partners' portals: an ETA is a window.
fn partner_v2() -> Product {
    let routes = Operations::new()
        .routes(routes!(partner::v2::track::track_shipment))
        .routes(routes!(partner::v2::shipments::list_shipments))
        .routes(routes!(partner::v2::eta::get_eta))
        .carried_over("/v1/", "/v2/", partner_lasting());
    product(Layer::Experience, "partner", 2, PARTNER, routes)
}

/// Partners' portals, as they were: an ETA is an instant.
fn partner_v1() -> Product {
    let routes = Operations::new()
        .routes(routes!(partner::track::track_shipment))
        .routes(routes!(partner::shipments::list_shipments))
        .routes(routes!(partner::eta::get_eta))
        .all(partner_lasting());
    product(Layer::Experience, "partner", 1, PARTNER, routes)
}

const PARTNER: &str = "Status, ETA, history and proof of a partner's own shipments";

/// What is the same for partners in both versions.
fn partner_lasting() -> Vec<UtoipaMethodRouter<App>> {
    vec![
        routes!(partner::events::list_shipment_events),
        routes!(partner::proof::get_proof_of_delivery),
        routes!(partner::follow::follow_shipment),
        routes!(partner::exceptions::list_shipment_exceptions),
        routes!(partner::preferences::get_party_preferences, partner::preferences::set_party_preferences),
        routes!(partner::preferences::get_delivery_preferences, partner::preferences::set_delivery_preferences),
        routes!(partner::webhooks::list_webhooks, partner::webhooks::create_webhook),
        routes!(partner::webhooks::delete_webhook),
        routes!(partner::webhooks::rotate_webhook_secret),
        routes!(partner::webhooks::test_webhook),
        routes!(partner::webhooks::redeliver_webhook),
    ]
}

/// Drivers' apps.
fn driver_v1() -> Product {
    let routes = Operations::new()
        .routes(routes!(driver::run::get_run))
        .routes(routes!(driver::stops::confirm_stop))
        .routes(routes!(driver::stops::report_exception))
        .routes(routes!(driver::stops::record_milestone))
        .routes(routes!(driver::upload::upload_proof, driver::upload::get_upload))
        .routes(routes!(driver::sync::sync));
    product(
        Layer::Experience,
        "driver",
        1,
        "A driver's run: confirm, report, upload, and sync hours of offline work",
        routes,
    )
}

/// The control room.
fn control_tower_v1() -> Product {
    let routes = Operations::new()
        .routes(routes!(control_tower::overview::get_overview))
        .routes(routes!(control_tower::sla::get_sla))
        .routes(routes!(control_tower::trace::trace_order))
        .routes(routes!(control_tower::dead_letters::list_dead_letters))
        .routes(routes!(control_tower::dead_letters::get_dead_letter))
        .routes(routes!(control_tower::dead_letters::replay_dead_letter))
        .routes(routes!(control_tower::dead_letters::discard_dead_letter))
        .routes(routes!(control_tower::overview::list_connectors))
        .routes(routes!(control_tower::governance::list_contracts))
        .routes(routes!(control_tower::governance::list_consumers))
        .routes(routes!(control_tower::governance::list_drift));
    product(Layer::Experience, "control-tower", 1, "What is late, what is stuck, and why; and how to mend it", routes)
}

/// The ERP, and whoever manages orders.
fn orders_v1() -> Product {
    let routes = Operations::new()
        .routes(routes!(orders::release_order::release_order))
        .routes(routes!(orders::list_orders::list_orders))
        .routes(routes!(orders::get_order::get_order))
        .routes(routes!(orders::amend_order::amend_order))
        .routes(routes!(orders::cancel_order::cancel_order))
        .routes(routes!(orders::lift_hold::lift_hold))
        .routes(routes!(orders::release_orders::release_orders))
        .routes(routes!(orders::get_release_batch::get_release_batch));
    product(Layer::Process, "orders", 1, "Release, amend, hold and cancel orders", routes)
}

/// Planners and dispatchers.
fn routes_v1() -> Product {
    let routes = Operations::new()
        .routes(routes!(routes::request_plan::request_plan))
        .routes(routes!(routes::list_routes::list_routes))
        .routes(routes!(routes::get_route::get_route, routes::publish_route::publish_route))
        .routes(routes!(routes::dispatch_route::dispatch_route))
        .routes(routes!(routes::override_assignment::override_assignment))
        .routes(routes!(routes::record_milestone::record_milestone));
    product(Layer::Process, "routes", 1, "Plan, publish, dispatch and override routes", routes)
}

/// Whoever confirms deliveries for others: scanners, carriers' systems, the back office.
fn deliveries_v1() -> Product {
    let routes = Operations::new()
        .routes(routes!(deliveries::confirm::confirm_delivery, deliveries::list::list_deliveries))
        .routes(routes!(deliveries::get::get_delivery))
        .routes(routes!(deliveries::correct::correct_delivery));
    product(Layer::Process, "deliveries", 1, "Confirm and correct deliveries", routes)
}

/// The control room and its tools.
fn exceptions_v1() -> Product {
    let routes = Operations::new()
        .routes(routes!(exceptions::raise_exception::raise_exception, exceptions::list_exceptions::list_exceptions))
        .routes(routes!(exceptions::get_exception::get_exception))
        .routes(routes!(exceptions::acknowledge_exception::acknowledge_exception))
        .routes(routes!(exceptions::resolve_exception::resolve_exception));
    product(Layer::Process, "exceptions", 1, "Raise, acknowledge and resolve what went wrong", routes)
}

/// Our own systems: the ERP as Haulgate sees it.
fn erp_v1() -> Product {
    let routes = Operations::new()
        .routes(routes!(erp::get_order))
        .routes(routes!(erp::check_release))
        .routes(routes!(erp::post_delivery))
        .routes(routes!(erp::hold_invoice))
        .routes(routes!(erp::release_invoice));
    product(Layer::System, "erp", 1, "The ERP's orders, checks, postings and invoices", routes)
}

/// Our own systems: the route planner.
fn planner_v1() -> Product {
    let routes = Operations::new().routes(routes!(planner::solve)).routes(routes!(planner::evaluate));
    product(Layer::System, "planner", 1, "Solve a day, or evaluate a fixed sequence", routes)
}

/// Our own systems: the proof store.
fn proofs_v1() -> Product {
    let routes =
        Operations::new().routes(routes!(proofs::put_proof, proofs::get_proof)).routes(routes!(proofs::link_proof));
    product(Layer::System, "proofs", 1, "Artifacts by their hash", routes)
}

/// Our own systems: the warehouse.
fn warehouse_v1() -> Product {
    let routes = Operations::new().routes(routes!(warehouse::get_pick_status));
    product(Layer::System, "warehouse", 1, "What was picked", routes)
}

/// Our own systems: telematics.
fn telematics_v1() -> Product {
    let routes = Operations::new().routes(routes!(telematics::latest_positions, telematics::push_position));
    product(Layer::System, "telematics", 1, "Where the vehicles are", routes)
}

/// Our own systems: customers' wishes and notifications.
fn customers_v1() -> Product {
    let routes = Operations::new().routes(routes!(customers::get_preferences)).routes(routes!(customers::notify));
    product(Layer::System, "customers", 1, "What customers prefer, and telling them", routes)
}

/// The systems that own master data.
fn master_data_v1() -> Product {
    let routes = Operations::new()
        .routes(routes!(master_data::customers::put_customer, master_data::customers::get_customer))
        .routes(routes!(master_data::customers::list_customers))
        .routes(routes!(master_data::items::put_item, master_data::items::get_item))
        .routes(routes!(master_data::items::list_items))
        .routes(routes!(master_data::zones::put_zone, master_data::zones::get_zone))
        .routes(routes!(master_data::zones::list_zones))
        .routes(routes!(master_data::vehicles::put_vehicle, master_data::vehicles::get_vehicle))
        .routes(routes!(master_data::vehicles::list_vehicles))
        .routes(routes!(master_data::drivers::put_driver, master_data::drivers::get_driver))
        .routes(routes!(master_data::drivers::list_drivers));
    product(Layer::System, "master-data", 1, "Customers, items, zones, vehicles and drivers", routes)
}

/// What needs no token: the contracts and their pages, and what signed links lead to.
pub fn open() -> Router<App> {
    docs::routes().merge(links::routes()).merge(console::routes())
}

/// All products, in reading order.
fn products() -> Vec<Product> {
    vec![
        partner_v2(),
        partner_v1(),
        driver_v1(),
        control_tower_v1(),
        orders_v1(),
        routes_v1(),
        deliveries_v1(),
        exceptions_v1(),
        erp_v1(),
        planner_v1(),
        proofs_v1(),
        warehouse_v1(),
        telematics_v1(),
        customers_v1(),
        master_data_v1(),
    ]
}

/// The operations of these layers.
pub fn operations(layers: &[MountedLayer]) -> Router<App> {
    let mounted = |product: &Product| {
        layers.contains(&match product.declared.layer {
            Layer::Experience => MountedLayer::Experience,
            Layer::Process => MountedLayer::Process,
            Layer::System => MountedLayer::System,
        })
    };
    products().into_iter().filter(mounted).fold(Router::new(), |router, product| router.merge(product.operations))
}

/// Every contract, complete but for what the policies say of it.
pub fn registry() -> Registry {
    let codes = product::codes();
    Registry::of(products().into_iter().map(|product| Arc::new(assemble(product.declared, codes.clone(), sha256))))
}

/// Where the declarations contradict each other: schemas of one name with different shapes, by contract.
pub fn contradictions() -> Vec<String> {
    products().into_iter().flat_map(|product| product.contradictions).collect()
}
