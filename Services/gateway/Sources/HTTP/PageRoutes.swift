import HTTPTypes
import Hummingbird

/// The page and its files, where they are served from here.
struct PageRoutes: RouteGroup {
    let files: WebClientFiles?
    let sessions: SessionStore

    func add(to router: Router<BasicRequestContext>) {
        router.get("/") { request, _ in try self.file(request) }
        router.get("/chat") { request, _ in try await self.chat(request) }
        router.get("/**") { request, _ in try self.file(request) }
    }

    /// Where the original had its page: the page for who is signed in, the way to the sign-in for everybody else.
    private func chat(_ request: Request) async throws -> Response {
        // While nobody can tell, the page itself asks until somebody does.
        if let session = self.sessions.session(fromHeader: request.headers[.cookie]),
            (try? await self.sessions.touch(session)) ?? true
        {
            return try self.file(request, at: "/")
        }
        return Response(status: .seeOther, headers: [.location: "./", .cacheControl: "no-store"])
    }

    private func file(_ request: Request, at path: String? = nil) throws -> Response {
        guard let files = self.files, let response = files.response(to: request, at: path ?? request.uri.path) else {
            throw RouteError(.notFound, "not_found", "There is nothing at this address.")
        }
        return response
    }
}
