import Directory
import Domain
import Hummingbird
import NIOCore

/// The whole URL map.
struct Routes: Sendable {
    let sessions: SessionStore
    let tokens: TokenVerifier?
    let directory: DirectoryReplica
    let writer: DirectoryWriter
    let files: WebClientFiles?
    let isDemo: Bool
    let allowedOrigins: [String]

    func router() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: Answers())
        router.post("/api/chat/join") { request, _ in try await self.join(request) }
        router.post("/api/chat/leave") { request, _ in try await self.leave(request) }
        router.get("/api/chat/session") { request, _ in try await self.session(request) }
        // Only the first request of a connection can become a WebSocket.
        router.get("/ws") { _, _ -> Response in
            throw RouteError(
                .init(code: 426, reasonPhrase: "Upgrade Required"), "upgrade_required",
                "This address speaks WebSocket only, as the first request of a connection.")
        }
        router.get("/") { request, _ in try self.file(request) }
        router.get("/**") { request, _ in try self.file(request) }
        return router
    }

    private func file(_ request: Request) throws -> Response {
        guard let files = self.files, let response = files.response(to: request) else {
            throw RouteError(.notFound, "not_found", "There is nothing at this address.")
        }
        return response
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
