export { logout as POST } from "../../session";
