/** A whole Solr node on loopback: Solr's own servlet filter in a plain Jetty. Arguments: Solr's home, the port. */
import java.net.InetSocketAddress;
import java.util.EnumSet;
import javax.servlet.DispatcherType;
import javax.servlet.http.HttpServlet;
import org.apache.solr.servlet.CoreContainerProvider;
import org.apache.solr.servlet.SolrDispatchFilter;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;

public class Launcher {
  public static void main(String[] args) throws Exception {
    System.setProperty("solr.solr.home", args[0]); // where CoreContainerProvider looks
    System.setProperty("jetty.port", args[1]);
    // Solr asks nobody for a password: it may be reached from this machine only.
    Server server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[1])));
    ServletContextHandler solr = new ServletContextHandler(server, "/solr", ServletContextHandler.NO_SESSIONS);
    solr.addEventListener(new CoreContainerProvider());
    solr.addFilter(SolrDispatchFilter.class, "/*", EnumSet.of(DispatcherType.REQUEST));
    solr.addServlet(new ServletHolder(new HttpServlet() {}), "/"); // a chain of filters has to end in a servlet
    server.setStopAtShutdown(true);
    server.start();
    server.join();
  }
}
