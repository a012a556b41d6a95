import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Redis

/// What every answer of the public port has in common: errors as JSON, and headers that keep browsers from guessing.
struct Answers<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as RouteError {
            response = Self.response(error)
        } catch is RedisError {
            response = Self.response(
                RouteError(.serviceUnavailable, "unavailable", "The service is not ready. Try again."))
        } catch let error as HTTPError {
            response = Self.response(
                RouteError(
                    error.status, error.status == .notFound ? "not_found" : "bad_request",
                    error.body ?? error.status.reasonPhrase))
        }
        response.headers[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name("Referrer-Policy") { response.headers[name] = "no-referrer" }
        response.headers[.contentSecurityPolicy] = ContentPolicy.header
        return response
    }

    private static func response(_ error: RouteError) -> Response {
        var json = JSONWriter()
        json.field("error", error.message)
        json.field("code", error.code)
        return .json(json.finish(), status: error.status)
    }
}

/// What a page from here may do: nothing but its own scripts, styles, pictures and connections.
enum ContentPolicy {
    static let header = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "connect-src 'self'",
        "font-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
        "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].joined(separator: "; ")
}

extension Response {
    /// A JSON answer that nobody may store.
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
