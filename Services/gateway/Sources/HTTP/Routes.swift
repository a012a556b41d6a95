import HTTPTypes
import Hummingbird

/// Some of the addresses, with what they need and nothing else.
protocol RouteGroup: Sendable {
    func add(to router: Router<BasicRequestContext>)
}

/// The whole URL map.
struct Routes: Sendable {
    let groups: [any RouteGroup]

    func router() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: Answers())
        for group in self.groups { group.add(to: router) }
        // Only the first request of a connection can become a WebSocket.
        router.get("/ws") { _, _ -> Response in
            throw RouteError(
                .init(code: 426, reasonPhrase: "Upgrade Required"), "upgrade_required",
                "This address speaks WebSocket only, as the first request of a connection.")
        }
        return router
    }
}

/// An answer other than 2xx: `{"error":…,"code":…}`.
struct RouteError: Error {
    let status: HTTPResponse.Status
    let code: String
    let message: String

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }
}
