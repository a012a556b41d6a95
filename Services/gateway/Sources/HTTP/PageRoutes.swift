import Hummingbird

/// The page and its files, where they are served from here.
struct PageRoutes: RouteGroup {
    let files: WebClientFiles?

    func add(to router: Router<BasicRequestContext>) {
        router.get("/") { request, _ in try self.file(request) }
        router.get("/**") { request, _ in try self.file(request) }
    }

    private func file(_ request: Request) throws -> Response {
        guard let files = self.files, let response = files.response(to: request) else {
            throw RouteError(.notFound, "not_found", "There is nothing at this address.")
        }
        return response
    }
}
