//! The one table of the Graph twin: which edge of which object is which path of ours. The router and the OpenAPI
//! document are both made from it.

/// What an id can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// The token's own number.
    Number,
    /// Another number of the same account: to be looked at only.
    Sibling,
    /// The WABA.
    Account,
    /// The business the account belongs to.
    Business,
    /// A template of the account.
    Template,
    /// Anything else in digits: only media are not in the registry.
    Media,
    /// A resumable upload.
    Upload,
    /// This server, as the app whose token it is.
    App,
    /// Who the token stands for.
    Me,
    /// What a token may do.
    DebugToken,
}

/// Where an edge is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// By the handler of this 360dialog path; `{id}` is the object's id.
    Dialog(&'static str),
    /// By a handler that only Graph has, under this name.
    Own(&'static str),
}

/// One edge of an object.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// The object's kind.
    pub node: Node,
    /// The path after the id; empty: the object itself.
    pub name: &'static str,
    /// Who answers.
    pub target: Target,
}

const fn dialog(node: Node, name: &'static str, path: &'static str) -> Edge {
    Edge { node, name, target: Target::Dialog(path) }
}

const fn own(node: Node, name: &'static str, path: &'static str) -> Edge {
    Edge { node, name, target: Target::Own(path) }
}

/// Every edge.
pub const EDGES: &[Edge] = &[
    own(Node::Number, "", "/number"),
    own(Node::Sibling, "", "/number"),
    dialog(Node::Number, "messages", "/messages"),
    dialog(Node::Number, "marketing_messages", "/marketing_messages"),
    dialog(Node::Number, "media", "/media"),
    dialog(Node::Number, "whatsapp_business_profile", "/whatsapp_business_profile"),
    dialog(Node::Number, "block_users", "/block_users"),
    dialog(Node::Number, "conversational_automation", "/conversational_automation"),
    own(Node::Number, "register", "/number/register"),
    own(Node::Number, "deregister", "/number/deregister"),
    own(Node::Account, "", "/account"),
    own(Node::Account, "phone_numbers", "/account/phone_numbers"),
    own(Node::Account, "subscribed_apps", "/account/subscribed_apps"),
    dialog(Node::Account, "message_templates", "/message_templates"),
    dialog(Node::Account, "message_templates/archive", "/message_templates/archive"),
    dialog(Node::Account, "message_templates/unarchive", "/message_templates/unarchive"),
    dialog(Node::Account, "template_analytics", "/marketing/template_analytics"),
    dialog(Node::Account, "reachestimate", "/marketing/reachestimate"),
    dialog(Node::Account, "dataset", "/marketing/dataset"),
    dialog(Node::Account, "insights", "/marketing/{id}/insights"),
    own(Node::Business, "", "/business"),
    own(Node::Business, "owned_whatsapp_business_accounts", "/business/accounts"),
    own(Node::Business, "onboard_partners_to_mm_lite", "/business/invite"),
    dialog(Node::Template, "", "/message_templates/{id}"),
    dialog(Node::Template, "compare", "/message_templates/{id}/compare"),
    dialog(Node::Template, "unpause", "/message_templates/{id}/unpause"),
    dialog(Node::Template, "insights", "/marketing/{id}/insights"),
    dialog(Node::Media, "", "/{id}"),
    dialog(Node::Upload, "", "/{id}"),
    own(Node::App, "", "/app"),
    dialog(Node::App, "uploads", "/uploads"),
    own(Node::App, "subscriptions", "/app/subscriptions"),
    own(Node::Me, "", "/me"),
    own(Node::DebugToken, "", "/debug_token"),
];

/// The edge of that name.
pub fn edge(node: Node, name: &str) -> Option<&'static Edge> {
    EDGES.iter().find(|edge| edge.node == node && edge.name == name)
}
